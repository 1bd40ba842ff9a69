// OpenSeadragon looks at every frame of the screen whether there is something to draw, for as long as
// a picture is open. Where nothing moves, this lets it look a few times a second: an open page is left
// open for hours.

// How long after a movement every frame counts: longer than what OpenSeadragon animates.
const AWAKE_MS = 1000;
const RESTING_MS = 150;

/** Frames as `requestAnimationFrame` gives them, and fewer of them while nobody wakes it. */
export class FrameClock {
  /** `browser`: what has requestAnimationFrame, cancelAnimationFrame, setTimeout, clearTimeout; `now`:
   * milliseconds. */
  constructor(browser = globalThis, now = () => performance.now()) {
    this.browser = browser;
    this.now = now;
    this.wokenAt = now();
    this.frames = new Map();
    this.last = 0;
  }

  get isAwake() {
    return this.now() - this.wokenAt < AWAKE_MS;
  }

  /** Something moves, or is about to: the next frame is the screen's next. */
  wake() {
    this.wokenAt = this.now();
    for (const frame of this.frames.values()) {
      if (!frame.rests) continue;
      frame.stop();
      this.plan(frame);
    }
  }

  /** Call back at the next frame, with its time in milliseconds; the answer is for `cancel`. */
  request(callback) {
    const id = (this.last += 1);
    const frame = {
      run: (time) => {
        this.frames.delete(id);
        callback(time);
      },
    };
    this.frames.set(id, frame);
    this.plan(frame);
    return id;
  }

  plan(frame) {
    const { browser } = this;
    frame.rests = !this.isAwake;
    if (frame.rests) {
      const timer = browser.setTimeout(() => frame.run(this.now()), RESTING_MS);
      frame.stop = () => browser.clearTimeout(timer);
    } else {
      const asked = browser.requestAnimationFrame(frame.run);
      frame.stop = () => browser.cancelAnimationFrame(asked);
    }
  }

  cancel(id) {
    this.frames.get(id)?.stop();
    this.frames.delete(id);
  }
}

/** The library, with the frames of the page's one clock, which whatever a person does wakes. Each
 * part of the page that brings the library brings another copy of it. */
export function resting(library, page = globalThis, clock = new FrameClock()) {
  if (!page.roentgenFrames) {
    page.roentgenFrames = clock;
    for (const name of ["pointerdown", "pointermove", "pointerup", "wheel", "keydown", "resize"]) {
      page.addEventListener(name, () => clock.wake(), { capture: true, passive: true });
    }
  }
  const frames = page.roentgenFrames;
  library.requestAnimationFrame = (callback) => frames.request(callback);
  library.cancelAnimationFrame = (id) => frames.cancel(id);
  return library;
}
