import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { SmallElement, browse, classesOf, pressed } from "./small_dom.mjs";

browse();
const { ImageViewer, default: mount } = await classesOf(
  ["ImageViewer"], "words.mjs", "viewer/grey_window.mjs", "viewer/near_films.mjs", "viewer/viewer.js",
);
const SHOWN = {
  key: "a", film: "a.png", heat: null, labels: ["Normal"], label: "Normal", marks: true,
  place: 1, count: 3, note: null, words: {},
};
const UNREADABLE = { ...SHOWN, key: "b", film: null, marks: false, note: "This is no film." };

let viewer, sent;

beforeEach(() => {
  browse();
  delete globalThis.roentgenSenders;
  sent = [];
  viewer = new ImageViewer(new SmallElement());
  globalThis.roentgenViewer = viewer;
  globalThis.roentgenList = { keys: ["a", "b", "c"], mark: () => {} };
});

const show = (data) => viewer.show(data, (name, value) => sent.push([name, value]));
const press = (key) => document.dispatchEvent(pressed(key, document.body));
const note = () => viewer.root.querySelector(".rv-note");

/** What is mounted last says what is beside the film. */
function surround(data) {
  globalThis.roentgenNear = {
    data: { near: [], missing: [], waits: false, ...data },
    came: () => sent.push(["came"]),
    enlarge: (key) => sent.push(["enlarge", key]),
  };
  viewer.listen();
}

test("a film is drawn, and its place in the list stands above it", () => {
  show(SHOWN);
  assert.equal(viewer.root.dataset.opened, "a");
  assert.equal(viewer.root.querySelector(".rv-place").textContent, "1 of 3");
  assert.ok(note().hidden);
});

test("of a file that cannot be read the reason stands where its picture would", () => {
  show(SHOWN);
  show(UNREADABLE);
  assert.equal(viewer.root.dataset.opened, undefined);
  assert.deepEqual([note().textContent, note().hidden], ["This is no film.", false]);
  assert.ok(viewer.root.querySelectorAll(".rv-mark").every((mark) => mark.hidden));
});

test("arrow keys go on past a file that cannot be read", () => {
  show(SHOWN);
  press("ArrowRight");
  show(UNREADABLE);
  press("ArrowRight");
  assert.deepEqual(sent, [["open", "b"], ["open", "c"]]);
  show({ ...SHOWN, key: "c", film: "c.png" });
  assert.equal(viewer.root.dataset.opened, "c");
  press("ArrowLeft");
  assert.deepEqual(sent.at(-1), ["open", "b"]);
});

test("no tool acts on a film that is not there", () => {
  show(UNREADABLE);
  for (const tool of ["in", "out", "real", "reset", "invert", "heat", "left"]) viewer.do(tool);
  assert.deepEqual(viewer.osd.zooms, []);
  assert.deepEqual(sent, []);
});

test("what the page says of a film that was turned from is not shown", () => {
  show(SHOWN);
  press("ArrowRight");
  show({ ...SHOWN, heat: "a-heat.png" });
  assert.equal(viewer.current, "b");
  assert.equal(viewer.data.heat, null);
});

test("films that are wanted are asked for once whatever sends them is there", () => {
  show({ ...SHOWN, film: null, note: "The film is on its way …" });
  const missing = [{ key: "a", full: false }];
  surround({ key: "a", missing });

  const looked = [];
  globalThis.roentgenSenders = { films: { look: (films) => looked.push(films) } };
  viewer.listen();
  viewer.listen();

  assert.deepEqual(looked, [missing]);
});

test("keys that the page uses, and those of a field, are not the viewer's", () => {
  show({ ...SHOWN, taken: ["i"] });
  press("i");
  document.dispatchEvent(pressed("-", new SmallElement("INPUT")));
  assert.equal(viewer.inverted, false);
  assert.deepEqual(viewer.osd.zooms, []);
  press("-");
  assert.equal(viewer.osd.zooms.length, 1);
});

test("another film begins without the window, and without the heat map, of the one before", () => {
  show({ ...SHOWN, heat: "heat.png" });
  press("i");
  press("h");
  assert.ok(viewer.inverted && viewer.heatOn);
  show({ ...SHOWN, key: "b", film: "b.png", heat: "heat.png" });
  assert.ok(!viewer.inverted && !viewer.heatOn);
});

test("where there is no list the page is asked to turn, within its bounds", () => {
  delete globalThis.roentgenList;
  show({ ...SHOWN, place: 2, count: 2 });
  press("ArrowRight");
  press("ArrowLeft");
  assert.deepEqual(sent, [["move", "previous"]]);
});

test("a viewer that is gone hears no key", () => {
  show(SHOWN);
  viewer.close();
  press("ArrowRight");
  assert.deepEqual(sent, []);
});

test("an earlier call that Streamlit ends late closes no film of a later one", async () => {
  const parentElement = new SmallElement();
  const call = (data) => mount({ parentElement, data, setTriggerValue: () => {} });
  const [endOfFirst, endOfSecond] = await Promise.all([call(SHOWN), call(SHOWN)]);
  const mounted = globalThis.roentgenViewer;

  endOfFirst();
  assert.equal(globalThis.roentgenViewer, mounted);
  assert.ok(!mounted.osd.isDestroyed);

  endOfSecond();
  assert.equal(globalThis.roentgenViewer, undefined);
  assert.ok(mounted.osd.isDestroyed);
});

test("a picture that comes after the page was left is not drawn", async () => {
  globalThis.roentgenSenders = { films: { look: () => {} } };
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  viewer.near.load = async (address) => address;
  show({ ...SHOWN, film: null });
  surround({ key: "a", near: [{ key: "a", film: "small.png", quick: true }] });
  await settled();
  let arrive;
  viewer.near.load = () => new Promise((resolve) => (arrive = resolve));
  surround({ key: "a", near: [{ key: "a", film: "whole.png", quick: false }] });

  viewer.close();
  arrive("whole.png");
  await settled();
  assert.deepEqual(viewer.osd.urls, ["small.png"]);
});
