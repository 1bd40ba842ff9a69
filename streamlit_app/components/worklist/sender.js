// Sends the tab's films to the server, on whichever page the person is: a group, then the question
// how far it is, until it is answered. Films to read and films to learn from are sent apart.

const AGAIN_AFTER_MS = 4000;
const POLL_AFTER_MS = 300;

class Sender {
  constructor() {
    this.store = new ImageStore();
    this.asked = 0;
    this.generation = 0;
    this.looked = null;
    this.turn = 0;
  }

  /** Films that a person chose. */
  take(images) {
    this.store.add(images);
    this.pump();
  }

  async pump() {
    if (this.group || this.isReading || !this.send) return undefined;
    this.isReading = true;
    const turn = this.turn;
    const group = await this.store.next();
    this.isReading = false;
    // The films may have been another person's, or forgotten meanwhile.
    if (turn !== this.turn) return this.pump();
    this.group = group;
    this.draw();
    if (this.group) this.dispatch();
    return undefined;
  }

  dispatch() {
    this.sentAt = Date.now();
    this.send("images", this.group);
    this.poll();
  }

  /** Ask again and again; a broken connection takes a question with it, but not the next. */
  poll() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.group) return;
      this.send("poll", Date.now());
      this.poll();
    }, POLL_AFTER_MS);
  }

  /** What the server says of the group that is on its way. */
  heard({ received, answered, again, poll: askedAt }) {
    if (!this.group) return;
    if (answered >= this.group.number) {
      this.store.answered(this.group, again);
      this.group = undefined;
    }
    // Asked after it was sent, the server does not know it: it was lost on its way.
    else if (received < this.group.number && askedAt > this.sentAt) this.dispatch();
  }

  get left() {
    const isSent = this.group && !this.group.look;
    return this.store.queue.length + (isSent ? this.group.images.length : 0);
  }

  draw() {
    const { root, store, words, left, problem } = this;
    if (!root) return;
    // One film to read has its answer at once; one to learn from is worth a word while it waits.
    root.hidden = !left || (store.total < 2 && !(this.isTraining && problem) && !this.isWhole);
    const done = store.total - left;
    const told = { done, total: store.total };
    root.querySelector(".rs-words").textContent = problem
      ? said(words, "Waiting: {problem}", { problem })
      : this.isWhole
        ? said(words, "The ZIP is on its way")
      : this.isTraining
        ? said(words, "{done} of {total} films sent", told)
        : said(words, "{done} of {total} films read", told);
    const bar = root.querySelector("progress");
    bar.max = store.total || 1;
    bar.value = done;
  }

  stop() {
    this.store.stop();
    this.send("stopped", true);
    this.draw();
  }

  show(root, data, send) {
    this.root = root;
    this.words = data.words;
    this.isTraining = data.store === "training";
    this.isWhole = data.store === "check";
    root.dataset.store = data.store;
    inLanguage(root, data.words);
    this.send = send;
    root.querySelector("button").onclick = () => this.stop();
    this.store.keep = data.keep;
    const isOther = this.owner !== undefined && this.owner !== data.owner;
    if (data.generation > this.generation || isOther) this.forget();
    this.generation = data.generation;
    this.owner = data.owner;
    this.heard(data);
    this.problem = data.problem;
    if (data.again.length && data.asked !== this.asked) this.sendAgain(data);
    if (data.look && data.look !== this.looked) this.store.look(data.look);
    this.looked = data.look;
    this.draw();
    this.pump();
  }

  forget() {
    this.store.clear();
    clearTimeout(this.timer);
    this.group = undefined;
    this.turn += 1;
  }

  sendAgain({ again, asked, problem }) {
    this.asked = asked;
    setTimeout(() => {
      const lost = this.store.again(again);
      if (lost.length) this.send("lost", lost);
      this.pump();
    }, problem ? AGAIN_AFTER_MS : 0);
  }
}

const senders = (globalThis.roentgenSenders ??= {});

/** Films that are still to be sent are gone with the page: the browser asks before it leaves. */
globalThis.roentgenLeaving ??= (event) => {
  if (Object.values(senders).some((sender) => sender.left)) event.preventDefault();
};
window.addEventListener("beforeunload", globalThis.roentgenLeaving);

export default function ({ parentElement, data, setTriggerValue }) {
  const sender = (senders[data.store] ??= new Sender());
  sender.show(parentElement.querySelector(".rs"), data, setTriggerValue);
}
