// The worklist: a line a film, opened by a click or by the arrow keys; selected by its box, Space,
// or Shift for a range.

function line(row) {
  const element = document.createElement("div");
  element.className = "rt-row";
  element.setAttribute("role", "option");
  element.dataset.key = row.key;
  element.id = `rt-${row.key}`;
  const box = text("rt-check", "");
  box.setAttribute("aria-hidden", "true");
  const thumb = document.createElement(row.thumbnail ? "img" : "span");
  thumb.className = "rt-thumb";
  if (row.thumbnail) Object.assign(thumb, { src: row.thumbnail, alt: "", loading: "lazy" });
  const badge = document.createElement("span");
  badge.className = "rt-badge";
  badge.dataset.decision = row.decision;
  const mark = document.createElement("b");
  mark.textContent = row.mark;
  mark.setAttribute("aria-hidden", "true");
  badge.append(mark, row.words);
  const cell = document.createElement("span");
  cell.append(badge);
  element.append(box, thumb, text("rt-name", row.name), cell, text("rt-class", row.label), text("rt-why", row.why));
  return element;
}

function text(name, words) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = words;
  return element;
}

/** What a person selected here counts until the server has heard of it. */
function takeOver(list, { selected, selected_at: heard }) {
  if (heard >= (list.selectedAt ?? 0)) list.selected = selected;
}

function mark(list, open) {
  for (const element of list.querySelectorAll(".rt-row")) {
    const isOpen = element.dataset.key === open;
    element.setAttribute("aria-selected", String(isOpen));
    element.setAttribute("aria-checked", String(list.selected.includes(element.dataset.key)));
    if (isOpen && list.dataset.open !== open) {
      showWithin(list, element);
      list.dataset.open = open;
      list.setAttribute("aria-activedescendant", element.id);
    }
  }
}

/** Scroll the list alone: the page stays where it is. */
function showWithin(list, element) {
  const [around, own] = [list.getBoundingClientRect(), element.getBoundingClientRect()];
  if (own.top < around.top) list.scrollTop -= around.top - own.top;
  else if (own.bottom > around.bottom) list.scrollTop += own.bottom - around.bottom;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".rt");
  const list = root.querySelector(".rt-rows");
  const keys = data.rows.map((row) => row.key);
  // The viewer turns to it at once; where there is none yet, the server is asked for one.
  const open = (key) => {
    if (!key) return;
    if (globalThis.roentgenViewer) globalThis.roentgenViewer.turnTo(key);
    else setTriggerValue("open", key);
  };
  const opened = () => globalThis.roentgenViewer?.current ?? list.dataset.open;
  const select = (selected, anchor) => {
    list.selected = selected;
    list.anchor = anchor;
    list.selectedAt = Date.now();
    mark(list, opened());
    setTriggerValue("selected", { keys: selected, at: list.selectedAt });
  };
  inLanguage(root, data.words);
  const content = JSON.stringify([data.rows, data.words]);
  if (list.dataset.content !== content) {
    const none = text("rt-none", said(data.words, "No film fits."));
    list.replaceChildren(...(data.rows.length ? data.rows.map(line) : [none]));
    list.dataset.content = content;
  }
  takeOver(list, data);
  mark(list, globalThis.roentgenViewer?.current ?? data.open);
  const published = { keys, mark: (key) => mark(list, key) };
  globalThis.roentgenList = published;
  list.onclick = (event) => {
    const key = event.target.closest(".rt-row")?.dataset.key;
    if (!key) return;
    if (event.shiftKey) select(ranged(list.selected, keys, list.anchor ?? opened(), key), key);
    else if (event.ctrlKey || event.metaKey || event.target.closest(".rt-check")) {
      select(toggled(list.selected, key), key);
    } else open(key);
  };
  // A range is no text that somebody marks.
  list.onmousedown = (event) => event.shiftKey && event.preventDefault();
  list.onkeydown = (event) => {
    const isAll = event.key === "a" && (event.ctrlKey || event.metaKey);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!isAll && !step && event.key !== " ") return;
    event.preventDefault();
    if (isAll) return select(allOrNone(list.selected, keys));
    if (event.key === " ") return opened() && select(toggled(list.selected, opened()), opened());
    const place = Math.max(keys.indexOf(opened()) + step, 0);
    const next = keys[Math.min(place, keys.length - 1)];
    // The viewer below would move its film.
    if (event.shiftKey) event.stopPropagation();
    if (event.shiftKey && next) select(ranged(list.selected, keys, opened(), next), next);
    return next !== opened() && open(next);
  };
  return () => {
    // Streamlit may end an earlier call after a later one has begun.
    if (globalThis.roentgenList === published) globalThis.roentgenList = undefined;
  };
}
