import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { SmallElement, browse, classesOf } from "./small_dom.mjs";

browse();
const firstWindow = globalThis.window;
const { Sender, default: mount } = await classesOf(
  ["Sender"], "words.mjs", "navigation.mjs", "worklist/image_store.mjs", "worklist/sender.js",
);
const DATA = {
  store: "films", owner: "me", poll: null, received: 0, answered: 0, again: [], asked: 0,
  problem: null, keep: true, generation: 0, words: {},
};
const POLL_MS = 300;
const UNHEARD_MS = 2000;

let sender, sent, root;

beforeEach(() => {
  globalThis.roentgenWaiting.length = 0;
  browse();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  sent = [];
  sender = new Sender();
  root = new SmallElement();
  hear({});
});

/** What the server says. */
function hear(said) {
  sender.show(root, { ...DATA, ...said }, (name, value) => sent.push([name, value]));
}

const film = (name) => ({ name, size: 3, blob: async () => new Blob(["abc"]) });
const groups = () => sent.filter(([name]) => name === "images").map(([, group]) => group);
// Files are read by promises, which no clock moves.
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function take(...names) {
  sender.take(names.map(film));
  await settle();
}

test("films go as a group, and the next when that is answered", async () => {
  await take("a.png", "b.png");
  assert.deepEqual(groups()[0].images.map(({ name, data }) => [name, data]),
    [["a.png", "YWJj"], ["b.png", "YWJj"]]);
  await take("c.png");
  assert.equal(groups().length, 1);

  const { number } = groups()[0];
  hear({ received: number, answered: number });
  await settle();

  assert.deepEqual(groups()[1].images.map(({ name }) => name), ["c.png"]);
});

test("a group that was lost on its way goes again, one that was received does not", async () => {
  await take("a.png");
  mock.timers.tick(POLL_MS);
  assert.equal(sent.at(-1)[0], "poll");
  hear({ poll: sent.at(-1)[1], received: 0 });
  assert.equal(groups().length, 2);

  mock.timers.tick(POLL_MS);
  hear({ poll: sent.at(-1)[1], received: groups()[0].number });
  assert.equal(groups().length, 2);
});

test("a question that nobody answers is asked again", async () => {
  await take("a.png");
  mock.timers.tick(POLL_MS);
  const polls = () => sent.filter(([name]) => name === "poll").length;
  assert.equal(polls(), 1);
  mock.timers.tick(UNHEARD_MS);
  mock.timers.tick(POLL_MS);
  assert.equal(polls(), 2);
});

test("a film to look at goes before those to read, and one that is gone says so", async () => {
  await take("a.png", "b.png");
  sender.look([{ key: "film-of-another-tab", full: false }]);
  sender.look([{ key: "film-of-another-tab", full: false }]);
  const { number } = groups()[0];
  hear({ received: number, answered: number });
  await settle();

  const look = groups()[1];
  assert.ok(look.look);
  assert.deepEqual(look.images, [{ key: "film-of-another-tab", name: "", is_gone: true }]);
  hear({ received: look.number, answered: look.number });
  await settle();
  assert.equal(groups().length, 2);
});

test("the page takes up a picture once the film that is open has one", async () => {
  await take("a.png");
  const { number, images: [{ key }] } = groups()[0];
  hear({ received: number, answered: number });
  const came = [];
  globalThis.roentgenNear = { came: () => came.push(key) };
  globalThis.roentgenViewer = { current: key };
  sender.look([{ key, full: false }]);
  await settle();

  assert.deepEqual(came, []);
  hear({ received: groups()[1].number, answered: groups()[1].number });
  assert.deepEqual(came, [key]);
});

test("films of one person are never sent for another", async () => {
  await take("a.png");
  await take("b.png");
  hear({ owner: "somebody else" });
  await settle();

  assert.equal(sender.left, 0);
  assert.equal(groups().length, 1);
});

test("whoever stops keeps what was answered, and the rest is not sent", async () => {
  await take("a.png");
  await take("b.png");
  sender.stop();
  const { number } = groups()[0];
  hear({ received: number, answered: number });
  await settle();

  assert.equal(groups().length, 1);
  assert.deepEqual(sent.at(-1), ["stopped", true]);
});

test("a film that is to go again and is not here is said to be lost", async () => {
  hear({ again: ["film-of-another-tab"], asked: 1 });
  mock.timers.tick(0);
  assert.deepEqual(sent, [["lost", ["film-of-another-tab"]]]);
});

test("what a viewer wants that was there first is sent", async () => {
  const asked = [];
  const key = "film-of-another-tab";
  globalThis.roentgenViewer = {
    listen: () => globalThis.roentgenSenders.films.look([{ key, full: false }]),
  };
  mount({
    parentElement: { querySelector: () => root },
    data: DATA,
    setTriggerValue: (name, value) => asked.push([name, value]),
  });
  await settle();

  assert.deepEqual(asked.map(([name, { images }]) => [name, images[0].key]), [["images", key]]);
});

test("the line says how far it is, and why it waits", async () => {
  await take("a.png", "b.png");
  const words = () => root.querySelector(".rs-words").textContent;
  assert.equal(words(), "0 of 2 films read");
  hear({ problem: "The API cannot be reached." });
  assert.equal(words(), "Waiting: The API cannot be reached.");
});

test("nothing is sent while the page that a person went to has not begun", async () => {
  globalThis.location = { pathname: "/train" };
  Object.assign(globalThis.roentgenDestination, { path: "/privacy", until: Date.now() + 5000 });

  await take("a.png");
  assert.equal(groups().length, 0);
  globalThis.location.pathname = "/privacy";
  mock.timers.tick(100);

  assert.equal(groups().length, 1);
  globalThis.roentgenDestination.path = undefined;
});

test("a page that does not begin keeps nothing back for ever", async () => {
  globalThis.location = { pathname: "/train" };
  Object.assign(globalThis.roentgenDestination, { path: "/privacy", until: Date.now() + 5000 });
  await take("a.png");

  mock.timers.tick(5100);

  assert.equal(groups().length, 1);
  globalThis.roentgenDestination.path = undefined;
});

test("nothing is sent for a moment after the browser's way back", async () => {
  globalThis.location = { pathname: "/train" };
  firstWindow.dispatchEvent(new Event("popstate"));

  await take("a.png");
  assert.equal(groups().length, 0);
  mock.timers.tick(1100);

  assert.equal(groups().length, 1);
  globalThis.roentgenDestination.path = undefined;
});

test("nothing is sent while the page is drawn, and then in its order", async () => {
  const app = document.querySelector('[data-testid="stApp"]');
  app.dataset.testScriptState = "running";

  await take("a.png");
  mock.timers.tick(POLL_MS);
  assert.deepEqual(sent, []);
  app.dataset.testScriptState = "notRunning";
  mock.timers.tick(30);

  assert.deepEqual(sent.map(([name]) => name), ["images", "poll"]);
});

test("a page that is drawn for long keeps nothing back for ever", async () => {
  document.querySelector('[data-testid="stApp"]').dataset.testScriptState = "running";

  await take("a.png");
  mock.timers.tick(10_100);

  assert.equal(groups().length, 1);
});

test("films that were kept back are not sent for whoever came meanwhile", async () => {
  const app = document.querySelector('[data-testid="stApp"]');
  app.dataset.testScriptState = "running";
  await take("a.png");

  hear({ owner: "another" });
  app.dataset.testScriptState = "notRunning";
  mock.timers.tick(30);

  assert.deepEqual(sent, []);
});

test("what one part cannot send keeps no other from sending", async () => {
  const said = mock.method(console, "error", () => {});
  const app = document.querySelector('[data-testid="stApp"]');
  app.dataset.testScriptState = "running";
  const broken = new Sender();
  broken.show(new SmallElement(), DATA, () => {
    throw new Error("it is gone");
  });
  broken.take([film("x.png")]);
  await settle();
  await take("a.png");

  app.dataset.testScriptState = "notRunning";
  mock.timers.tick(30);

  assert.equal(groups().length, 1);
  assert.equal(said.mock.callCount(), 1);
  said.mock.restore();
});
