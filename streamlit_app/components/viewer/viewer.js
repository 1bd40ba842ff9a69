// The film viewer: OpenSeadragon draws, zooms and pans; this wires its tools and keys to it.

const HEAT_OPACITY = 0.45;
const ZOOM_STEP = 1.4;
// Of the part of the film that is seen, for a key.
const PAN_STEP = 0.1;
// What a drag in a direction does to the window, where dragging is for that.
const AS_WINDOW = { left: "narrower", right: "wider", up: "brighter", down: "darker" };
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
  }

  show(data, send) {
    this.send = send;
    const isOther = data.key !== this.data.key;
    const isOtherPicture = data.film !== this.data.film;
    this.data = data;
    inLanguage(this.root, data.words);
    if (isOther) this.forget();
    if (isOtherPicture) this.open(data.film);
    this.tools();
    this.heat();
    this.paint();
  }

  said(english, values) {
    return said(this.data.words, english, values);
  }

  forget() {
    this.window = { ...WHOLE };
    this.inverted = false;
    this.heatOn = false;
  }

  open(url) {
    if (!this.osd) this.osd = this.opened();
    this.layer = undefined;
    this.osd.clearOverlays();
    if (url) this.osd.open({ type: "image", url });
    else this.osd.close();
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
      imageSmoothingEnabled: true,
    });
    osd.addHandler("canvas-key", (event) => {
      event.preventDefaultAction = true;
    });
    osd.addHandler("canvas-drag", (event) => this.drag(event));
    osd.addHandler("open", () => {
      this.heat();
      this.paint();
      this.root.dataset.opened = this.data.key;
    });
    osd.addHandler("animation", () => this.zoomed());
    osd.addHandler("resize", () => this.zoomed());
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
    const viewport = this.data.film && this.osd?.viewport;
    const actions = {
      previous: () => this.data.place > 1 && this.send("move", "previous"),
      next: () => this.data.place < this.data.count && this.send("move", "next"),
      in: () => this.zoomBy(ZOOM_STEP),
      out: () => this.zoomBy(1 / ZOOM_STEP),
      real: () => viewport?.zoomTo(viewport.imageToViewportZoom(1 / devicePixelRatio)),
      reset: () => {
        this.forget();
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

  zoomBy(factor) {
    const viewport = this.data.film && this.osd?.viewport;
    if (!viewport) return;
    viewport.zoomBy(factor);
    viewport.applyConstraints();
  }

  step(step) {
    this.window = stepped(this.window, step);
  }

  /** Move the film, as a drag would. */
  panBy(way) {
    const viewport = this.data.film && this.osd?.viewport;
    if (!viewport) return;
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
    const { place, count, heat, labels, label, marks, note } = this.data;
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
    this.say(note);
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
    this.root.querySelector(".rv-zoom").textContent = item ? `${Math.round(100 * zoom)} %` : "";
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    this.osd?.destroy();
  }
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
  viewer.show(data, setTriggerValue);
  return () => {
    viewer.close();
    root.imageViewer = undefined;
  };
}
