// Sends the tab's films to the server, on whichever page the person is: a group, then the question
// how far it is, until it is answered.

const AGAIN_AFTER_MS = 4000;
const POLL_AFTER_MS = 300;

const store = (globalThis.roentgenFilms ??= new ImageStore());
const state = (globalThis.roentgenSender ??= { asked: 0, generation: 0, looked: null, turn: 0 });

async function pump() {
  if (state.group || state.isReading || !state.send) return;
  state.isReading = true;
  const turn = state.turn;
  const group = await store.next();
  state.isReading = false;
  // The films may have been another person's, or forgotten meanwhile.
  if (turn !== state.turn) return pump();
  state.group = group;
  draw();
  if (state.group) send();
}

function send() {
  state.sentAt = Date.now();
  state.send("images", state.group);
  poll();
}

/** Ask again and again; a broken connection takes a question with it, but not the next. */
function poll() {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => {
    if (!state.group) return;
    state.send("poll", Date.now());
    poll();
  }, POLL_AFTER_MS);
}

/** What the server says of the group that is on its way. */
function heard({ received, answered, again, poll: askedAt }) {
  if (!state.group) return;
  if (answered >= state.group.number) {
    store.answered(state.group, again);
    state.group = undefined;
  }
  // Asked after it was sent, the server does not know it: it was lost on its way.
  else if (received < state.group.number && askedAt > state.sentAt) send();
}

function draw() {
  const root = state.root;
  if (!root) return;
  const left = store.queue.length + (state.group && !state.group.look ? state.group.images.length : 0);
  const isShown = store.total > 1 && left > 0;
  root.hidden = !isShown;
  const done = store.total - left;
  root.querySelector(".rs-words").textContent = state.problem
    ? said(state.words, "Waiting: {problem}", { problem: state.problem })
    : said(state.words, "{done} of {total} films read", { done, total: store.total });
  const bar = root.querySelector("progress");
  bar.max = store.total || 1;
  bar.value = done;
}

/** Films that are still to be sent are gone with the page: the browser asks before it leaves. */
globalThis.roentgenLeaving ??= (event) => {
  if (store.queue.length || (state.group && !state.group.look)) event.preventDefault();
};
window.addEventListener("beforeunload", globalThis.roentgenLeaving);

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".rs");
  state.root = root;
  state.words = data.words;
  inLanguage(root, data.words);
  state.send = setTriggerValue;
  root.querySelector("button").onclick = () => {
    store.stop();
    setTriggerValue("stopped", true);
    draw();
  };
  store.onadded = pump;
  store.keep = data.keep;
  const isOther = state.owner !== undefined && state.owner !== data.owner;
  if (data.generation > state.generation || isOther) {
    store.clear();
    clearTimeout(state.timer);
    state.group = undefined;
    state.turn += 1;
  }
  state.generation = data.generation;
  state.owner = data.owner;
  heard(data);
  state.problem = data.problem;
  if (data.again.length && data.asked !== state.asked) {
    state.asked = data.asked;
    const keys = data.again;
    setTimeout(() => {
      const lost = store.again(keys);
      if (lost.length) state.send("lost", lost);
      pump();
    }, data.problem ? AGAIN_AFTER_MS : 0);
  }
  if (data.look && data.look !== state.looked) store.look(data.look);
  state.looked = data.look;
  draw();
  pump();
}
