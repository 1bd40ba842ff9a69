import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { SmallElement, browse, classesOf } from "./small_dom.mjs";

browse();
const app = document.querySelector('[data-testid="stApp"]');
const { default: mount } = await classesOf([], "navigation.mjs", "state/refresh.js");
const AT_LATEST_MS = 10_000;

let asked, place, end;

beforeEach(() => {
  globalThis.roentgenWaiting.length = 0;
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  Object.assign(globalThis.roentgenPerson, { actedAt: 0 });
  app.dataset.testScriptState = "notRunning";
  document.hidden = false;
  asked = 0;
  place = new SmallElement();
  end = draw(600);
});

afterEach(() => {
  end();
  mock.timers.reset();
});

function draw(every_ms) {
  return mount({ parentElement: place, data: { every_ms }, setTriggerValue: () => (asked += 1) });
}

/** Time passes; what is set meanwhile is due in its time. */
function pass(ms) {
  for (let passed = 0; passed < ms; passed += 50) mock.timers.tick(50);
}

test("a page at rest is asked for each time, however often it is drawn meanwhile", () => {
  mock.timers.tick(599);
  assert.equal(asked, 0);
  end = draw(600);
  mock.timers.tick(1);
  assert.equal(asked, 1);
  mock.timers.tick(600);
  assert.equal(asked, 2);
});

test("nothing is asked for while the script runs, and at once when it has ended", () => {
  app.dataset.testScriptState = "running";
  pass(5000);
  assert.equal(asked, 0);

  app.dataset.testScriptState = "notRunning";
  mock.timers.tick(50);
  assert.equal(asked, 1);
});

test("nor right after what a person did, which may have begun a run that is not known yet", () => {
  mock.timers.tick(500);
  document.dispatchEvent(new Event("keydown"));
  mock.timers.tick(399);
  assert.equal(asked, 0);
  mock.timers.tick(51);
  assert.equal(asked, 1);
});

for (const [what, put] of [
  ["a run without an end", () => (app.dataset.testScriptState = "running")],
  ["a tab in the background", () => (document.hidden = true)],
]) {
  test(`${what} is asked in the end`, () => {
    put();
    mock.timers.tick(AT_LATEST_MS);
    assert.equal(asked, 0);
    pass(11_000);
    assert.ok(asked > 0);
  });
}

test("it is sent here and now, so that nothing that a person does is sent with it", () => {
  const sent = [];
  end();
  const setTriggerValue = () => setTimeout(() => sent.push("now"), 0);
  end = mount({ parentElement: place, data: { every_ms: 600 }, setTriggerValue });
  // What else is due then comes after it.
  setTimeout(() => sent.push("later"), 600);

  mock.timers.tick(600);

  assert.deepEqual(sent, ["now", "later"]);
});

test("another interval counts at once, and what is gone asks no more", () => {
  end = draw(100);
  mock.timers.tick(100);
  assert.equal(asked, 1);

  end();
  mock.timers.tick(AT_LATEST_MS);
  assert.equal(asked, 1);
});

test("an earlier call that Streamlit ends late ends no later one", () => {
  const endOfFirst = end;
  end = draw(600);
  endOfFirst();

  mock.timers.tick(600);
  assert.equal(asked, 1);
});
