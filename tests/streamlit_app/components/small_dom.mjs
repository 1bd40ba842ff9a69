// As much of a browser as the components' classes use: elements found by selectors, OpenSeadragon
// without pixels, and the files of a component glued to one module, as its page glues them.

import { readFileSync } from "node:fs";

const COMPONENTS = new URL("../../../streamlit_app/components/", import.meta.url);

/** Classes of a component: its files one after the other, what is named taken out of them. */
export async function classesOf(names, ...files) {
  const texts = files.map((file) => readFileSync(new URL(file, COMPONENTS), "utf8"));
  const text = [...texts, `export { ${names.join(", ")} };`, "//# sourceURL=component.mjs"].join("\n");
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
}

/** An element; each selector below it finds one of its own, always the same. */
export class SmallElement extends EventTarget {
  constructor(tagName = "DIV") {
    super();
    Object.assign(this, { tagName, hidden: false, textContent: "", dataset: {}, children: [] });
    this.childNodes = [];
    this.attributes = new Map();
    this.found = new Map();
    this.style = { setProperty: () => {} };
  }

  querySelector(selector) {
    if (!this.found.has(selector)) this.found.set(selector, new SmallElement());
    return this.found.get(selector);
  }

  querySelectorAll(selector) {
    return selector === "*" ? [] : [this.querySelector(selector)];
  }

  contains(other) {
    return other === this || [...this.found.values()].includes(other);
  }

  closest() {
    return null;
  }

  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  setAttribute(name, value) {
    this.attributes.set(name, value);
  }

  toggleAttribute(name, isThere) {
    if (isThere) this.attributes.set(name, "");
    else this.attributes.delete(name);
  }

  replaceChildren(...children) {
    this.children = children;
  }
}

/** What draws a film: it opens one at once, and says so. */
class SmallDrawer {
  constructor() {
    this.handlers = new Map();
    this.urls = [];
    this.world = { getItemAt: () => (this.urls.length ? { getBounds: () => ({}) } : undefined) };
    this.zooms = [];
    this.viewport = {
      viewportToImageZoom: (zoom) => zoom,
      getZoom: () => 1,
      zoomBy: (factor) => this.zooms.push(factor),
      applyConstraints: () => {},
      goHome: () => {},
    };
    this.drawer = { canvas: { style: {} } };
  }

  addHandler(name, handler) {
    this.handlers.set(name, handler);
  }

  addOverlay() {}

  clearOverlays() {
    if (this.isDestroyed) throw new TypeError("Cannot set properties of undefined");
  }

  open({ url }) {
    this.urls = [url];
    this.handlers.get("open")();
  }

  close() {
    this.urls = [];
  }

  destroy() {
    this.isDestroyed = true;
  }
}

/** Put the browser's names in place, with nothing in them yet. */
export function browse() {
  const body = new SmallElement("BODY");
  const page = new SmallElement();
  page.found.set(".rt-rows", null);
  globalThis.document = Object.assign(page, {
    body,
    documentElement: new SmallElement("HTML"),
    createElement: (name) => new SmallElement(name.toUpperCase()),
  });
  globalThis.window = new EventTarget();
  globalThis.devicePixelRatio = 1;
  globalThis.ResizeObserver = class {
    observe() {}
    disconnect() {}
  };
  globalThis.Option = class extends SmallElement {};
  globalThis.OpenSeadragon = () => new SmallDrawer();
  globalThis.roentgenFrames = { wake: () => {} };
  for (const name of ["roentgenList", "roentgenNear", "roentgenViewer"]) {
    delete globalThis[name];
  }
}

/** A key as somebody presses it on an element. */
export function pressed(key, element) {
  const event = new Event("keydown", { cancelable: true });
  return Object.assign(event, { key, composedPath: () => [element] });
}
