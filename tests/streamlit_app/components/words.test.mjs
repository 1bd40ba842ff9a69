import assert from "node:assert/strict";
import { test } from "node:test";

import { inLanguage, isOwnOption, said, widgetWord } from "../../../streamlit_app/components/words.mjs";

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

test("a word of Streamlit's own is replaced whole, with what it is about", () => {
  const words = { Upload: "Choisir", "{size} per file": "{size} par fichier", "Add: {text}": "Ajouter : {text}" };

  assert.equal(widgetWord(words, "Upload"), "Choisir");
  assert.equal(widgetWord(words, "1000MB per file"), "1000MB par fichier");
  assert.equal(widgetWord(words, "Add: $& St. Anna"), "Ajouter : $& St. Anna");
  for (const other of ["Upload films", " per file", "constructor", "toString"]) {
    assert.equal(widgetWord(words, other), other);
  }
});

test("a choice that somebody named is none of Streamlit's words", () => {
  for (const own of ["Select all", "Add: St. Anna", "No results"]) assert.ok(isOwnOption(own));
  for (const named of ["Open", "Stop", "Close", "Format"]) assert.ok(!isOwnOption(named));
});
