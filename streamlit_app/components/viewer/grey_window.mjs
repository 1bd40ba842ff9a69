// Which grey levels of a film are shown, in the terms of DICOM (PS3.3 C.11.2): levels of 8 bits.
// The browser draws it with CSS filters, which clip at white between one another; a window that
// begins below black is therefore moved up, where the two agree for every level.

export const WHOLE = Object.freeze({ center: 127.5, width: 255 });
const MIN_WIDTH = 8;
const MAX_WIDTH = 510;
// So much of the range for a drag across 255 pixels.
const LEVELS_PER_PIXEL = 1;
// And so many levels for a key.
const STEP_LEVELS = 10;
const WINDOW_STEPS = {
  narrower: { dx: -1 }, wider: { dx: 1 }, brighter: { dy: -1 }, darker: { dy: 1 },
};

/** A window within bounds: its lower end is never below black, nor its centre beyond white. */
export function bounded({ center, width }) {
  const narrow = Math.min(Math.max(width, MIN_WIDTH), MAX_WIDTH);
  return { width: narrow, center: Math.min(Math.max(center, narrow / 2), 255) };
}

/** After a drag in CSS pixels: right widens (less contrast), down lifts the centre (darker). */
export function dragged(window, dx, dy) {
  const width = window.width + dx * LEVELS_PER_PIXEL;
  return bounded({ width, center: window.center + dy * LEVELS_PER_PIXEL });
}

/** The CSS filter: brightness(b) contrast(c) maps x to c·b·x + (1 − c) / 2, for x in [0, 1]. */
export function filterOf({ center, width }, isInverted) {
  const brightness = 255 / (2 * center);
  const contrast = (2 * center) / width;
  const parts = [`brightness(${brightness.toFixed(6)})`, `contrast(${contrast.toFixed(6)})`];
  return [...parts, ...(isInverted ? ["invert(1)"] : [])].join(" ");
}

/** The grey level that a level of the film is shown as, both in [0, 255]: what filterOf does. */
export function shownLevel(level, { center, width }, isInverted) {
  const share = Math.min(Math.max((level - center) / width + 0.5, 0), 1);
  return 255 * (isInverted ? 1 - share : share);
}

/** After a step by keyboard: "wider" and "narrower" change the contrast, "darker" and "brighter" the centre. */
export function stepped(window, step) {
  const { dx = 0, dy = 0 } = WINDOW_STEPS[step];
  return dragged(window, dx * STEP_LEVELS, dy * STEP_LEVELS);
}

const KEYS = {
  ArrowLeft: "previous", ArrowRight: "next", "+": "in", "=": "in", "-": "out",
  i: "invert", h: "heat", r: "reset", 1: "real", w: "window", f: "full",
  "[": "narrower", "]": "wider", ";": "brighter", "'": "darker",
};
// Where other keyboards have other signs, the same places do; a sign above has priority.
const PLACES = {
  BracketLeft: "narrower", BracketRight: "wider", Semicolon: "brighter", Quote: "darker",
};
// With Shift, as a drag in that direction.
const DRAGS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

/** What a key does, or undefined; keys with Ctrl, Alt or Meta are the browser's. */
export function actionOf({ key, code, shiftKey, ctrlKey, altKey, metaKey }) {
  if (ctrlKey || altKey || metaKey) return undefined;
  if (shiftKey && key in DRAGS) return DRAGS[key];
  const action = KEYS[key.length === 1 ? key.toLowerCase() : key];
  return action ?? (shiftKey ? undefined : PLACES[code]);
}
