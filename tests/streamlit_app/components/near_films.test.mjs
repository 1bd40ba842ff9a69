import assert from "node:assert/strict";
import { test } from "node:test";

import { NearFilms, keyBeside } from "../../../streamlit_app/components/viewer/near_films.mjs";

const films = () => {
  const dropped = [];
  const load = async (address) => {
    if (address === "broken") throw new Error("404");
    return `blob:${address}`;
  };
  return { near: new NearFilms(load, (local) => dropped.push(local)), dropped };
};

test("a key leads to the film beside, and nowhere beyond the ends", () => {
  const keys = ["a", "b", "c"];
  assert.equal(keyBeside(keys, "b", 1), "c");
  assert.equal(keyBeside(keys, "b", -1), "a");
  assert.equal(keyBeside(keys, "c", 1), undefined);
  assert.equal(keyBeside(keys, "a", -1), undefined);
  // One that the list does not show any more.
  assert.equal(keyBeside(keys, "x", 1), "a");
  assert.equal(keyBeside([], "x", 1), undefined);
});

test("a picture is at hand once it was fetched, and not before", async () => {
  const { near } = films();
  const held = near.hold({ key: "a", film: "1.png", quick: true });
  assert.equal(near.of("a"), undefined);
  await held;
  assert.equal(near.of("a").local, "blob:1.png");
});

test("all pixels take the place of some, and never the other way round", async () => {
  const { near, dropped } = films();
  await near.hold({ key: "a", film: "quick.png", quick: true });
  await near.hold({ key: "a", film: "full.png", quick: false });
  await near.hold({ key: "a", film: "quick.png", quick: true });
  assert.equal(near.of("a").film, "full.png");
  assert.deepEqual(dropped, ["blob:quick.png"]);
});

test("a picture that cannot be had can be asked for again", async () => {
  const { near } = films();
  await near.hold({ key: "a", film: "broken", quick: true });
  assert.equal(near.of("a"), undefined);
  await near.hold({ key: "a", film: "1.png", quick: true });
  assert.ok(near.of("a"));
});

test("few are held, and the room of the others is given back", async () => {
  const { near, dropped } = films();
  for (let number = 0; number < 12; number += 1) {
    await near.hold({ key: `${number}`, film: `${number}.png`, quick: true });
  }
  assert.equal(near.held.size, 8);
  assert.deepEqual(dropped, ["blob:0.png", "blob:1.png", "blob:2.png", "blob:3.png"]);
  near.clear();
  assert.equal(dropped.length, 12);
});
