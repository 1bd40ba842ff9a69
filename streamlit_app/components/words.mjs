// The words of a component's page and code, in the person's language. Both are written in English;
// what the server sends has the other language's text for each (nothing: it is English).

/** A text in the language, with { } filled in. */
export function said(words, english, values = {}) {
  const text = words?.[english] ?? english;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Write all fixed words below an element in the language; before anything else is written there. */
export function inLanguage(root, words) {
  root.fixedWords ??= fixedWords(root);
  for (const { english, write } of root.fixedWords) write(said(words, english));
}

function fixedWords(root) {
  const found = [];
  for (const element of [root, ...root.querySelectorAll("*")]) {
    for (const name of ["title", "aria-label"]) {
      const english = element.getAttribute(name);
      if (english) found.push({ english, write: (text) => element.setAttribute(name, text) });
    }
    for (const node of element.childNodes) {
      const english = node.nodeType === 3 ? node.textContent.trim() : "";
      // A space may part it from a control.
      if (english) found.push({ english, write: (text) => (node.textContent = `${text} `) });
    }
  }
  return found;
}

/** Whether an entry of a list of choices is Streamlit's own; the others are names that people gave. */
export function isOwnOption(text) {
  return ["Select all", "No results", "No options"].includes(text) || text.startsWith("Add: ");
}

/** What a text of Streamlit's own becomes; the same where it is none. `{name}` stands for anything. */
export function widgetWord(words, text) {
  if (Object.hasOwn(words, text)) return words[text];
  for (const [english, other] of Object.entries(words)) {
    const [before, after] = english.split(/\{\w+\}/);
    if (after === undefined || text.length <= before.length + after.length) continue;
    if (!text.startsWith(before) || !text.endsWith(after)) continue;
    const filled = text.slice(before.length, text.length - after.length);
    return other.replace(/\{\w+\}/, () => filled);
  }
  return text;
}
