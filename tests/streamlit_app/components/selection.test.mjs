import assert from "node:assert/strict";
import { test } from "node:test";

import {
  allOrNone, ranged, toggled,
} from "../../../streamlit_app/components/worklist/table/selection.mjs";

const KEYS = ["a", "b", "c", "d", "e"];

test("a film is selected, and is not any more", () => {
  assert.deepEqual(toggled(["a"], "c"), ["a", "c"]);
  assert.deepEqual(toggled(["a", "c"], "a"), ["c"]);
});

test("a range goes either way and keeps what was selected", () => {
  assert.deepEqual(ranged(["a"], KEYS, "c", "e"), ["a", "c", "d", "e"]);
  assert.deepEqual(ranged([], KEYS, "d", "b"), ["b", "c", "d"]);
  assert.deepEqual(ranged(["b"], KEYS, "hidden by a filter", "c"), ["b", "c"]);
});

test("all that are shown are selected, and then none of them", () => {
  assert.deepEqual(allOrNone(["hidden", "a"], ["a", "b"]), ["hidden", "a", "b"]);
  assert.deepEqual(allOrNone(["hidden", "a", "b"], ["a", "b"]), ["hidden"]);
});
