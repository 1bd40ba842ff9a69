import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { FrameClock, resting } from "../../../streamlit_app/components/viewer/frame_clock.mjs";

let time, asked, timers, clock;

/** Frames of a screen and timers that pass when a test says so. */
const browser = {
  requestAnimationFrame: (callback) => asked.push(callback) - 1,
  cancelAnimationFrame: (id) => delete asked[id],
  setTimeout: (callback, delay) => timers.push({ callback, delay }) - 1,
  clearTimeout: (id) => delete timers[id],
};

beforeEach(() => {
  [time, asked, timers] = [0, [], []];
  clock = new FrameClock(browser, () => time);
});

/** What draws for ever: it asks for the next frame at each. */
function drawer() {
  const drawn = [];
  const draw = (at) => {
    drawn.push(at);
    drawn.id = clock.request(draw);
  };
  drawn.id = clock.request(draw);
  return drawn;
}

test("every frame of the screen counts while something has just moved", () => {
  const drawn = drawer();
  for (time of [16, 32, 48]) asked.pop()(time);
  assert.deepEqual([...drawn], [16, 32, 48]);
  assert.equal(timers.length, 0);
});

test("nothing asks the screen for frames any more where nothing moves", () => {
  const drawn = drawer();
  time = 5000;
  asked.pop()(time);
  assert.deepEqual(asked, []);
  assert.equal(timers.length, 1);
  assert.ok(timers[0].delay >= 100);
  timers.pop().callback();
  assert.equal(drawn.length, 2);
  assert.equal(timers.length, 1);
});

test("whoever moves something at rest gets the next frame of the screen", () => {
  const drawn = drawer();
  time = 5000;
  asked.pop()(time);
  clock.wake();
  assert.deepEqual(timers.filter(Boolean), []);
  asked.pop()(5016);
  assert.deepEqual([...drawn], [5000, 5016]);
});

test("a frame is called off, at rest and before, and after a wake", () => {
  const drawn = drawer();
  clock.cancel(drawn.id);
  assert.deepEqual(asked.filter(Boolean), []);
  time = 5000;
  clock.cancel(clock.request(() => assert.fail("called off")));
  assert.deepEqual(timers.filter(Boolean), []);
  const id = clock.request(() => assert.fail("called off"));
  clock.wake();
  clock.cancel(id);
  assert.deepEqual([...asked, ...timers].filter(Boolean), []);
});

test("whatever a person does on the page wakes it", () => {
  const page = new EventTarget();
  resting({}, page, clock);
  for (const name of ["pointerdown", "pointermove", "wheel", "keydown"]) {
    time += 5000;
    assert.ok(!clock.isAwake);
    page.dispatchEvent(new Event(name));
    assert.ok(clock.isAwake, name);
  }
});

test("each copy of the library asks the page's one clock, and calls off there", () => {
  const page = new EventTarget();
  resting({}, page, clock);
  const copy = resting({}, page);
  copy.cancelAnimationFrame(copy.requestAnimationFrame(() => {}));
  assert.equal(asked.length, 1);
  assert.deepEqual(asked.filter(Boolean), []);
});
