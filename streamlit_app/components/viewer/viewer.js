// The film viewer: OpenSeadragon draws, zooms and pans; this wires its tools and keys to it.

const HEAT_OPACITY = 0.45;
const ZOOM_STEP = 1.4;
// Of the part of the film that is seen, for a key.
const PAN_STEP = 0.1;
// What a drag in a direction does to the window, where dragging is for that.
const AS_WINDOW = { left: "narrower", right: "wider", up: "brighter", down: "darker" };
// Whoever stays with a film for so long gets all of its pixels.
const STAYS_MS = 700;
// After so long the server's word counts, whatever a person turned to.
const UNHEARD_MS = 5000;
const DIRECTIONS = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

/** Whoever has clicked a button of the page still wants the viewer's letters; arrows, Enter and
 * the space bar are the button's. */
const isLetterOnButton = (event, target) =>
  Boolean(target.closest?.("button")) && event.key.length === 1 && event.key !== " ";

class ImageViewer {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".rv-stage");
    this.window = { ...WHOLE };
    this.inverted = false;
    this.heatOn = false;
    this.opacity = HEAT_OPACITY;
    this.data = {};
    this.near = new NearFilms(
      async (address) => URL.createObjectURL(await fetched(address)),
      (local) => URL.revokeObjectURL(local),
    );
    root.addEventListener("click", (event) => this.do(event.target.closest("button")?.dataset.do));
    root.querySelector("input").addEventListener("input", (event) => {
      this.opacity = Number(event.target.value) / 100;
      this.paint();
    });
    root.querySelector("select").addEventListener("change", (event) =>
      this.send("evidence", event.target.value),
    );
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.onResize = () => this.fill();
    this.layout = new ResizeObserver(this.onResize);
    this.layout.observe(document.body);
    const page = root.closest('[data-testid="stMainBlockContainer"]');
    if (page) this.layout.observe(page);
  }

  /** The film that a person looks at: what they turned to, though the server has not heard of it. */
  get current() {
    return this.turned ?? this.data.key;
  }

  show(data, send) {
    this.send = send;
    this.words = data.words;
    inLanguage(this.root, data.words);
    if (this.turned === data.key) this.turned = undefined;
    // About a film that a person has turned from meanwhile.
    if (this.turned && Date.now() - this.turnedAt < UNHEARD_MS) return;
    this.turned = undefined;
    this.data = data;
    globalThis.roentgenList?.mark(data.key);
    if (data.key !== this.drawnKey) this.forget();
    this.draw();
    this.fill();
    this.listen();
  }

  /** Turn to another film of the list, at once where its picture is here. */
  turnTo(key) {
    if (key === undefined || key === this.current) return;
    this.turned = key;
    this.turnedAt = Date.now();
    const note = this.said("The film is on its way …");
    this.data = { ...this.data, film: null, quick: true, heat: null, marks: false, note };
    globalThis.roentgenList?.mark(key);
    // What was answered about the film before is not this one's.
    this.showAnswer(false);
    this.forget();
    this.draw();
    this.send("open", key);
  }

  /** The picture with the most pixels that is here or at the server's; undefined: there is none. */
  get picture() {
    const { film, quick } = this.data;
    const held = this.near.of(this.current);
    const isBetter = held && (!film || film === held.film || (quick && !held.quick));
    return isBetter ? held : film ? { film, quick, local: film } : undefined;
  }

  draw() {
    // A picture that was on its way as the page was left may come still.
    if (this.isClosed) return;
    this.open(this.picture, this.current);
    this.tools();
    this.heat();
    this.paint();
  }

  /** What the page says at its end: pictures of the film and of those beside it, and which are wanted. */
  listen() {
    const { data, came } = globalThis.roentgenNear ?? {};
    const sender = globalThis.roentgenSenders?.films;
    // Each loads when it can; the sender calls here once it is there.
    if (!data || !sender || data === this.heard) return;
    this.heard = data;
    for (const each of data.near) {
      this.near.hold(each).then(() => each.key === this.current && this.draw());
    }
    sender.look(data.missing);
    if (data.key !== this.current) return;
    this.showAnswer(true);
    clearTimeout(this.timer);
    if (data.waits) this.timer = setTimeout(came, STAYS_MS);
    else if (this.picture?.quick) this.timer = setTimeout(() => this.enlarge(), STAYS_MS);
  }

  /** Ask for all the pixels of the film, once. */
  enlarge() {
    if (!globalThis.roentgenNear || !this.picture?.quick || this.enlarged === this.current) return;
    this.enlarged = this.current;
    globalThis.roentgenNear.enlarge(this.current);
  }

  showAnswer(isShown) {
    for (const place of document.querySelectorAll(".st-key-diagnose-answer")) {
      place.toggleAttribute("data-away", !isShown);
    }
  }

  /** The film, and the list where that is beside it, are as high as what is left of the window. */
  fill() {
    const list = document.querySelector(".rt-rows");
    const beside = this.stage.closest(".st-key-diagnose-film");
    const places = [[this.stage, beside ?? this.root], [list, list?.closest(".st-key-diagnose-list")]];
    for (const [element, block] of places) {
      if (!block?.closest('[data-testid="stMain"]')) continue;
      element.style.setProperty("--rest", `${Math.round(restBelow(element, block))}px`);
    }
    this.stage.toggleAttribute("data-fills", Boolean(beside));
  }

  said(english, values) {
    return said(this.words, english, values);
  }

  forget() {
    this.window = { ...WHOLE };
    this.inverted = false;
    this.heatOn = false;
  }

  /** Draw a film; the same one with more pixels takes the place of the one with fewer. */
  open(picture, key) {
    if (!this.osd) this.osd = this.opened();
    if (key === this.drawnKey && picture?.film === this.drawn?.film) return;
    const isSame = key === this.drawnKey && picture && this.osd.world.getItemAt(0);
    this.drawn = picture;
    this.drawnKey = key;
    globalThis.roentgenFrames.wake();
    const source = picture && { type: "image", url: picture.local };
    if (isSame) {
      this.osd.addTiledImage({ tileSource: source, index: 0, replace: true, success: () => this.grown() });
      return;
    }
    this.real = false;
    this.layer = undefined;
    this.osd.clearOverlays();
    delete this.root.dataset.opened;
    if (source) this.osd.open(source);
    else this.osd.close();
  }

  grown() {
    if (this.real) this.realSize();
    this.zoomed();
  }

  /** One pixel of the film a pixel of the screen, once it is here with all of them. */
  realSize() {
    const viewport = this.drawn && this.osd.viewport;
    this.real = Boolean(this.drawn?.quick);
    this.isWhole = false;
    if (this.real) this.enlarge();
    else viewport?.zoomTo(viewport.imageToViewportZoom(1 / devicePixelRatio));
  }

  opened() {
    const osd = globalThis.OpenSeadragon({
      element: this.root.querySelector(".rv-film"),
      drawer: "canvas",
      showNavigationControl: false,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsTouch: { dblClickToZoom: true },
      animationTime: 0.25,
      maxZoomPixelRatio: 10,
      minZoomImageRatio: 0.5,
      visibilityRatio: 0.4,
      // 1:1 stays so where the page makes room for something else.
      preserveImageSizeOnResize: true,
      imageSmoothingEnabled: true,
    });
    // Whatever is drawn may go on at the next frame.
    osd.addHandler("update-viewport", () => globalThis.roentgenFrames.wake());
    osd.addHandler("canvas-key", (event) => {
      event.preventDefaultAction = true;
    });
    osd.addHandler("canvas-drag", (event) => this.drag(event));
    osd.addHandler("open", () => {
      this.isWhole = true;
      this.heat();
      this.paint();
      this.root.dataset.opened = this.drawnKey;
    });
    osd.addHandler("animation", () => this.zoomed());
    for (const moved of ["canvas-scroll", "canvas-drag", "canvas-pinch", "canvas-double-click"]) {
      osd.addHandler(moved, () => (this.isWhole = false));
    }
    // Whoever sees the whole film goes on to, in whichever window.
    osd.addHandler("after-resize", () => (this.isWhole ? osd.viewport.goHome(true) : this.zoomed()));
    osd.addHandler("open-failed", () => this.say(this.said("The picture of this film could not be loaded.")));
    return osd;
  }

  drag(event) {
    if (!this.windowing) return;
    event.preventDefaultAction = true;
    this.window = dragged(this.window, event.delta.x, event.delta.y);
    this.paint();
  }

  key(event) {
    const target = event.composedPath()[0];
    if (this.data.taken?.includes(event.key)) return;
    const isOurs = this.root.contains(target) || target.closest?.(".rt") || isLetterOnButton(event, target);
    if (!isOurs && target !== document.body && target !== document.documentElement) return;
    if (["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName)) return;
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    this.do(action);
  }

  do(action) {
    const viewport = this.drawn && this.osd?.viewport;
    const actions = {
      previous: () => this.turn(-1),
      next: () => this.turn(1),
      in: () => this.zoomBy(ZOOM_STEP),
      out: () => this.zoomBy(1 / ZOOM_STEP),
      real: () => this.realSize(),
      reset: () => {
        this.forget();
        this.isWhole = true;
        viewport?.goHome();
      },
      invert: () => (this.inverted = !this.inverted),
      window: () => (this.windowing = !this.windowing),
      heat: () => this.data.heat && (this.heatOn = !this.heatOn),
      full: () => this.full(),
    };
    for (const step of Object.values(AS_WINDOW)) actions[step] = () => this.step(step);
    for (const way of Object.keys(DIRECTIONS)) {
      actions[way] = () => (this.windowing ? this.step(AS_WINDOW[way]) : this.panBy(way));
    }
    if (!(action in actions)) return;
    actions[action]();
    this.heat();
    this.paint();
  }

  turn(step) {
    const keys = globalThis.roentgenList?.keys;
    const { place, count } = this.place;
    if (keys) this.turnTo(keyBeside(keys, this.current, step));
    else if (place + step >= 1 && place + step <= count) this.send("move", step > 0 ? "next" : "previous");
  }

  /** Where the film stands among those of the list. */
  get place() {
    const keys = globalThis.roentgenList?.keys ?? [];
    const place = keys.indexOf(this.current) + 1;
    return place ? { place, count: keys.length } : this.data;
  }

  zoomBy(factor) {
    const viewport = this.drawn && this.osd?.viewport;
    if (!viewport) return;
    this.isWhole = false;
    viewport.zoomBy(factor);
    viewport.applyConstraints();
  }

  step(step) {
    this.window = stepped(this.window, step);
  }

  /** Move the film, as a drag would. */
  panBy(way) {
    const viewport = this.drawn && this.osd?.viewport;
    if (!viewport) return;
    this.isWhole = false;
    const { width, height } = viewport.getBounds();
    const [dx, dy] = DIRECTIONS[way];
    const { Point } = globalThis.OpenSeadragon;
    viewport.panBy(new Point(-dx * PAN_STEP * width, -dy * PAN_STEP * height));
    viewport.applyConstraints();
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => {});
  }

  tools() {
    const { heat, labels, label, marks, note } = this.data;
    const { place, count } = this.place;
    const find = (selector) => this.root.querySelector(selector);
    find(".rv-turn").hidden = count < 2;
    find(".rv-place").textContent = this.said("{place} of {count}", { place, count });
    find('[data-do="previous"]').disabled = place <= 1;
    find('[data-do="next"]').disabled = place >= count;
    find(".rv-heat").hidden = !heat;
    for (const mark of this.root.querySelectorAll(".rv-mark")) mark.hidden = !marks;
    const select = find("select");
    if (select.dataset.labels !== labels.join("\n")) {
      select.replaceChildren(...labels.map((name) => new Option(name, name)));
      select.dataset.labels = labels.join("\n");
    }
    select.value = label;
    find(".rv-legend-most").textContent = this.said("most evidence for {label}", { label });
    this.say(this.drawn ? null : note);
  }

  say(note) {
    const place = this.root.querySelector(".rv-note");
    place.textContent = note ?? "";
    place.hidden = !note;
  }

  heat() {
    const item = this.osd?.world.getItemAt(0);
    if (!this.data.heat || !item) {
      if (this.layer) this.osd.clearOverlays();
      this.layer = undefined;
      return;
    }
    if (!this.layer) {
      this.layer = document.createElement("img");
      this.layer.className = "rv-heat-layer";
      this.layer.alt = "";
      this.osd.addOverlay({ element: this.layer, location: item.getBounds() });
    }
    if (this.layer.getAttribute("src") !== this.data.heat) this.layer.src = this.data.heat;
  }

  paint() {
    const canvas = this.osd?.drawer?.canvas;
    if (canvas) canvas.style.filter = filterOf(this.window, this.inverted);
    if (this.layer) this.layer.style.opacity = this.heatOn ? this.opacity : 0;
    const pressed = { invert: this.inverted, window: this.windowing, heat: this.heatOn };
    for (const [name, isOn] of Object.entries(pressed)) {
      this.root.querySelector(`[data-do="${name}"]`).setAttribute("aria-pressed", String(!!isOn));
    }
    this.stage.dataset.mode = this.windowing ? "window" : "pan";
    this.root.querySelector(".rv-opacity").hidden = !this.heatOn;
    this.root.querySelector(".rv-evidence").hidden = !this.heatOn;
    this.root.querySelector(".rv-legend").hidden = !this.heatOn;
    const words = this.root.querySelector(".rv-window");
    const { center, width } = this.window;
    words.hidden = !this.windowing && width === WHOLE.width && center === WHOLE.center;
    words.textContent = this.said("Window: centre {center}, width {width} of 255", {
      center: Math.round(center),
      width: Math.round(width),
    });
    this.zoomed();
  }

  zoomed() {
    const item = this.osd?.world.getItemAt(0);
    const viewport = this.osd?.viewport;
    const zoom = item ? viewport.viewportToImageZoom(viewport.getZoom(true)) * devicePixelRatio : 0;
    // Of a film with fewer pixels than it has, a zoom would be of those.
    const isKnown = item && !this.drawn?.quick;
    this.root.querySelector(".rv-zoom").textContent = isKnown ? `${Math.round(100 * zoom)} %` : "";
  }

  close() {
    this.isClosed = true;
    document.removeEventListener("keydown", this.onKey);
    this.layout.disconnect();
    clearTimeout(this.timer);
    this.near.clear();
    this.osd?.destroy();
  }
}

/** How much of the window is below an element, in pixels, before the page is scrolled. Its block
 * stays in view while it is; what that stands in does not. */
function restBelow(element, block) {
  const page = element.closest('[data-testid="stMain"]');
  const top = (one) => one.getBoundingClientRect().top;
  const begins = top(block.parentElement) - top(page) + page.scrollTop + top(element) - top(block);
  return page.clientHeight - begins;
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.blob();
}

/** OpenSeadragon is a component of its own: its text goes to the browser once and not each time. */
async function drawerIsThere() {
  while (!globalThis.OpenSeadragon) await new Promise((resolve) => setTimeout(resolve, 20));
}

export default async function ({ parentElement, data, setTriggerValue }) {
  await drawerIsThere();
  const root = parentElement.querySelector(".rv");
  root.imageViewer ??= new ImageViewer(root);
  const viewer = root.imageViewer;
  globalThis.roentgenViewer = viewer;
  viewer.show(data, setTriggerValue);
  return () => {
    // Streamlit may end an earlier call after a later one has begun.
    if (viewer.send !== setTriggerValue) return;
    viewer.close();
    root.imageViewer = undefined;
    if (globalThis.roentgenViewer === viewer) globalThis.roentgenViewer = undefined;
  };
}
