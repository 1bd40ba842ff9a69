import assert from "node:assert/strict";
import { test } from "node:test";

import { inLanguage, said } from "../../../streamlit_app/components/words.mjs";

const FRENCH = { "{place} of {count}": "{place} sur {count}", Zoom: "Agrandir", Stop: "Arrêter" };

test("a text is said in the language, with what belongs into it", () => {
  assert.equal(said(FRENCH, "{place} of {count}", { place: 3, count: 36 }), "3 sur 36");
});

test("without other words it stays English", () => {
  for (const none of [undefined, {}]) {
    assert.equal(said(none, "{place} of {count}", { place: 3, count: 36 }), "3 of 36");
  }
});

test("a page's words change with the language, and back", () => {
  const node = { nodeType: 3, textContent: "Stop" };
  const titles = { title: "Zoom" };
  const root = {
    childNodes: [node],
    querySelectorAll: () => [],
    getAttribute: (name) => titles[name] ?? null,
    setAttribute: (name, text) => (titles[name] = text),
  };

  inLanguage(root, FRENCH);
  assert.deepEqual([node.textContent.trim(), titles.title], ["Arrêter", "Agrandir"]);
  inLanguage(root, {});
  assert.deepEqual([node.textContent.trim(), titles.title], ["Stop", "Zoom"]);
});
