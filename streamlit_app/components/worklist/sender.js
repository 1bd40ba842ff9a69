// Sends the tab's films to the server, on whichever page the person is: a group, then the question
// how far it is, until it is answered. Films to read and films to learn from are sent apart.

const AGAIN_AFTER_MS = 4000;
const POLL_AFTER_MS = 300;
// A picture that somebody waits for is made in less.
const LOOK_AFTER_MS = 120;
// A question that was not answered for so long is asked again.
const UNHEARD_MS = 2000;

class Sender {
  constructor() {
    this.store = new ImageStore();
    this.asked = 0;
    this.generation = 0;
    // Films of which a picture is on its way, each with the number of pixels that it will have.
    this.looking = new Set();
    this.turn = 0;
  }

  /** Films that a person chose. */
  take(images) {
    this.store.add(images);
    this.pump();
  }

  /** Films of which a picture is wanted; one that is asked for again meanwhile is sent once. */
  look(wanted) {
    const isNew = ({ key, full }) => !this.looking.has(`${key} ${full}`);
    const films = wanted.filter(isNew);
    for (const { key, full } of films) this.looking.add(`${key} ${full}`);
    this.store.look(films);
    this.pump();
  }

  async pump() {
    if (this.group || this.isReading || !this.send) return undefined;
    this.isReading = true;
    const turn = this.turn;
    const group = await this.store.next();
    this.isReading = false;
    // The films may have been another person's, or forgotten meanwhile; or the first came just now.
    if (turn !== this.turn || (!group && this.store.hasMore)) return this.pump();
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

  /** Ask how far it is, and again once that was answered: a server, or a browser, that is slow is
   * not asked faster than it answers. A broken connection takes a question with it, but not the next. */
  poll() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.group) return;
      this.polledAt = Date.now();
      this.send("poll", this.polledAt);
      this.timer = setTimeout(() => this.poll(), UNHEARD_MS);
    }, this.group?.look ? LOOK_AFTER_MS : POLL_AFTER_MS);
  }

  /** What the server says of the group that is on its way. */
  heard({ received, answered, again, poll: askedAt }) {
    if (!this.group) return;
    if (answered >= this.group.number) {
      this.store.answered(this.group, again);
      this.looked(this.group);
      this.group = undefined;
    }
    // Asked after it was sent, the server does not know it: it was lost on its way.
    else if (received < this.group.number && askedAt > this.sentAt) this.dispatch();
    else if (askedAt && askedAt === this.polledAt) {
      this.polledAt = undefined;
      this.poll();
    }
  }

  /** The page is to take up a picture: of the film that is open at once, others when all are there. */
  looked({ look, full, images }) {
    if (!look) return;
    const [{ key }] = images;
    this.looking.delete(`${key} ${full}`);
    const isOpen = globalThis.roentgenViewer?.current === key;
    if (isOpen || !this.store.wanted.length) globalThis.roentgenNear?.came();
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
    // Another page may have another way to send by then.
    this.forward = send;
    this.send = (name, value) => {
      const { turn } = this;
      // Films that were another person's are not sent when it is time.
      onceThere(() => turn === this.turn && this.forward(name, value));
    };
    root.querySelector("button").onclick = () => this.stop();
    this.store.keep = data.keep;
    const isOther = this.owner !== undefined && this.owner !== data.owner;
    if (data.generation > this.generation || isOther) this.forget();
    this.generation = data.generation;
    this.owner = data.owner;
    this.heard(data);
    this.problem = data.problem;
    if (data.again.length && data.asked !== this.asked) this.sendAgain(data);
    this.draw();
    this.pump();
  }

  forget() {
    this.store.clear();
    clearTimeout(this.timer);
    this.looking.clear();
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
  // A viewer that was there before it waits with the films that it wants.
  globalThis.roentgenViewer?.listen();
}
