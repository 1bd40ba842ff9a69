import assert from "node:assert/strict";
import { test } from "node:test";

import {
  WHOLE, actionOf, bounded, dragged, filterOf, shownLevel, stepped,
} from "../../../streamlit_app/components/viewer/grey_window.mjs";

/** What a browser makes of the two filters: each clips what it gives to [0, 1]. */
function drawn(level, filter) {
  const clip = (share) => Math.min(Math.max(share, 0), 1);
  const value = (name) => Number(filter.match(new RegExp(`${name}\\(([\\d.]+)\\)`))[1]);
  const bright = clip((level / 255) * value("brightness"));
  const share = clip(value("contrast") * bright + (1 - value("contrast")) / 2);
  return 255 * (filter.includes("invert") ? 1 - share : share);
}

test("the whole range shows each level as it is", () => {
  for (const level of [0, 60, 127, 255]) assert.equal(shownLevel(level, WHOLE, false), level);
});

test("CSS filters draw every window as DICOM defines it", () => {
  for (const center of [20, 100, 127.5, 240]) {
    for (const width of [8, 80, 255, 500]) {
      const window = bounded({ center, width });
      for (const inverted of [false, true]) {
        const filter = filterOf(window, inverted);
        for (let level = 0; level <= 255; level += 15) {
          assert.ok(Math.abs(drawn(level, filter) - shownLevel(level, window, inverted)) < 0.6);
        }
      }
    }
  }
});

test("a drag to the right lowers the contrast, one down darkens", () => {
  const start = { center: 100, width: 100 };
  assert.equal(dragged(start, 30, 0).width, 130);
  assert.ok(shownLevel(100, dragged(start, 0, 20), false) < shownLevel(100, start, false));
});

test("no drag leaves the levels that there are", () => {
  assert.deepEqual(dragged(WHOLE, -9999, -9999), { width: 8, center: 4 });
  assert.deepEqual(dragged(WHOLE, 9999, 9999), { width: 510, center: 255 });
});

test("keys do what the tools say, and leave the browser its own", () => {
  assert.equal(actionOf({ key: "ArrowRight" }), "next");
  assert.equal(actionOf({ key: "I" }), "invert");
  assert.equal(actionOf({ key: "+" }), "in");
  assert.equal(actionOf({ key: "r", ctrlKey: true }), undefined);
  assert.equal(actionOf({ key: "Tab" }), undefined);
});

test("window and level have keys, by their signs and by their places", () => {
  const found = ["[", "]", ";", "'"].map((key) => actionOf({ key }));
  assert.deepEqual(found, ["narrower", "wider", "brighter", "darker"]);
  assert.equal(actionOf({ key: "Dead", code: "BracketLeft" }), "narrower");
  // On a German keyboard this place has the sign of another tool.
  assert.equal(actionOf({ key: "+", code: "BracketRight" }), "in");
  assert.equal(actionOf({ key: ":", code: "Semicolon", shiftKey: true }), undefined);
});

test("arrows with Shift are a drag, and turn to no other film", () => {
  assert.equal(actionOf({ key: "ArrowLeft", shiftKey: true }), "left");
  assert.equal(actionOf({ key: "ArrowDown", shiftKey: true }), "down");
  assert.equal(actionOf({ key: "ArrowDown" }), undefined);
  assert.equal(actionOf({ key: "ArrowLeft", shiftKey: true, ctrlKey: true }), undefined);
});

test("a step by keyboard changes what its name says", () => {
  const start = { center: 100, width: 100 };
  assert.ok(stepped(start, "narrower").width < 100);
  assert.ok(stepped(start, "wider").width > 100);
  assert.ok(shownLevel(100, stepped(start, "brighter"), false) > shownLevel(100, start, false));
  assert.ok(shownLevel(100, stepped(start, "darker"), false) < shownLevel(100, start, false));
  let window = WHOLE;
  for (let times = 0; times < 99; times += 1) window = stepped(window, "narrower");
  assert.equal(window.width, 8);
});
