// The worklist: a line a film, chosen by a click or by the arrow keys.

function line(row) {
  const element = document.createElement("div");
  element.className = "rt-row";
  element.setAttribute("role", "option");
  element.dataset.key = row.key;
  element.id = `rt-${row.key}`;
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
  element.append(thumb, text("rt-name", row.name), cell, text("rt-class", row.label), text("rt-why", row.why));
  return element;
}

function text(name, words) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = words;
  return element;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".rt");
  const list = root.querySelector(".rt-rows");
  const open = (key) => key && setTriggerValue("open", key);
  inLanguage(root, data.words);
  const content = JSON.stringify([data.rows, data.words]);
  if (list.dataset.content !== content) {
    const none = text("rt-none", said(data.words, "No film fits."));
    list.replaceChildren(...(data.rows.length ? data.rows.map(line) : [none]));
    list.dataset.content = content;
  }
  for (const element of list.children) {
    const isOpen = element.dataset.key === data.open;
    element.setAttribute("aria-selected", String(isOpen));
    if (isOpen && list.dataset.open !== data.open) {
      element.scrollIntoView({ block: "nearest" });
      list.dataset.open = data.open;
      list.setAttribute("aria-activedescendant", element.id);
    }
  }
  list.onclick = (event) => open(event.target.closest(".rt-row")?.dataset.key);
  list.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const keys = data.rows.map((row) => row.key);
    const place = Math.max(keys.indexOf(data.open) + step, 0);
    open(keys[Math.min(place, keys.length - 1)]);
  };
}
