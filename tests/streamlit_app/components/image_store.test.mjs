import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ImageStore, MAX_GROUP_BYTES, MAX_IMAGE_BYTES, groupLength, isSystemFile, partsOf,
} from "../../../streamlit_app/components/worklist/image_store.mjs";

const image = (name, size = 3) => ({ name, size, blob: async () => new Blob([name]) });

test("a group is bounded in bytes and in films, and never empty", () => {
  assert.equal(groupLength([3e6, 3e6, 2e6, 2e6]), 3);
  assert.equal(groupLength([40e6, 1]), 1);
  assert.equal(groupLength(Array(20).fill(1)), 16);
});

test("films go in their order, with what is left", async () => {
  const store = new ImageStore();
  store.add(Array.from({ length: 18 }, (_, place) => image(`${place}`)));
  const [first, second] = [await store.next(), await store.next()];
  assert.deepEqual([first.left, second.left, second.total], [2, 0, 18]);
  assert.equal(atob(first.images[3].data), "3");
  assert.ok(second.number > first.number);
  assert.equal(await store.next(), undefined);
});

test("class and site that a person gave go along with their film", async () => {
  const store = new ImageStore();
  store.add([{ ...image("a"), label: "Normal", source: "St. Anna" }, image("b")]);
  const { images } = await store.next();
  assert.deepEqual(images.map((sent) => sent.label), ["Normal", undefined]);
  assert.deepEqual(images.map((sent) => sent.source), ["St. Anna", undefined]);
});

test("a look comes before the rest of a batch, and says what is gone", async () => {
  const store = new ImageStore();
  store.add([image("a")]);
  store.look([{ key: "film-of-another-tab", full: true }]);
  const group = await store.next();
  assert.ok(group.look && group.full);
  assert.ok(group.images[0].is_gone);
  assert.equal((await store.next()).images[0].name, "a");
});

test("what is not kept is forgotten once it was answered, and not before", async () => {
  const store = new ImageStore();
  store.keep = false;
  store.add([image("a"), image("b")]);
  const group = await store.next();
  assert.equal(store.images.size, 2);
  const [, refused] = group.images;
  store.answered(group, [refused.key]);
  store.again([refused.key]);
  assert.deepEqual((await store.next()).images.map((sent) => sent.name), ["b"]);
});

test("films without an answer are sent again, in front", async () => {
  const store = new ImageStore();
  store.add([image("a")]);
  const { images } = await store.next();
  store.add([image("b")]);
  assert.deepEqual(store.again([images[0].key, "unknown"]), ["unknown"]);
  assert.deepEqual((await store.next()).images.map((sent) => sent.name), ["a", "b"]);
});

test("stopping leaves nothing to send", async () => {
  const store = new ImageStore();
  store.add([image("a"), image("b")]);
  store.stop();
  assert.equal(await store.next(), undefined);
});

test("what cannot be sent says why", async () => {
  const store = new ImageStore();
  const unreadable = { name: "c", size: 1, blob: async () => { throw new Error("moved"); } };
  store.add([image("a", MAX_IMAGE_BYTES + 1e6), { name: "b", size: 0, error: "Locked." }, unreadable]);
  const sent = [];
  for (let group; (group = await store.next()); ) sent.push(...group.images);
  assert.equal(sent[0].error, "This file is too large; a film has at most 64 MB.");
  assert.equal(sent[1].error, "Locked.");
  assert.match(sent[2].error, /cannot read/);
});

test("what systems leave behind is no film", () => {
  for (const name of ["a/.DS_Store", "__MACOSX/x.png", "Thumbs.db", "cd/DICOMDIR"]) assert.ok(isSystemFile(name));
  for (const name of ["a/b.png", "IM0001", ".png"]) assert.ok(!isSystemFile(name));
});

test("a file goes in parts, one a group, and says where it begins", async () => {
  const file = new File([new Uint8Array(MAX_GROUP_BYTES), "end"], "ours.zip");
  const store = new ImageStore();
  store.add(partsOf(file));
  const [first, second] = [await store.next(), await store.next()];
  assert.deepEqual([first, second].map(({ images }) => images.map(({ name, is_first: is }) => [name, is])), [
    [["ours.zip", true]], [["ours.zip", undefined]],
  ]);
  assert.equal(atob(first.images[0].data).length, MAX_GROUP_BYTES);
  assert.equal(atob(second.images[0].data), "end");
  assert.deepEqual([first.left, second.left], [1, 0]);
});
