// Streamlit's own words, in the person's language. It has no setting for them, so they are replaced
// where they stand: texts and attributes, never elements, which are React's.

const ATTRIBUTES = ["aria-label", "title", "placeholder"];
// What people write, and what is in their language already.
const OURS = [
  "stMarkdown", "stWidgetLabel", "stButton", "stFormSubmitButton", "stDownloadButton", "stButtonGroup", "stTab",
  "stHeading", "stCaptionContainer", "stMetric", "stFileUploaderFileName",
];
const PASSED_OVER = [
  ".rv, .rt, .rd, .rs, textarea, style, script, canvas, [data-baseweb='tag']",
  "[data-testid='stMultiSelectTagsContainer'] [role='group']",
  ...OURS.map((name) => `[data-testid='${name}']`),
].join(", ");

function turnText(node, words) {
  if (node.parentElement?.closest(PASSED_OVER)) return;
  const text = node.data.trim();
  if (node.parentElement?.closest("[role='option']") && !isOwnOption(text)) return;
  const other = text && widgetWord(words, text);
  if (other && other !== text) node.data = node.data.replace(text, () => other);
}

function turnAttributes(element, words) {
  for (const name of ATTRIBUTES) {
    const text = element.getAttribute(name);
    const other = text && widgetWord(words, text);
    if (other && other !== text) element.setAttribute(name, other);
  }
}

function turn(root, words) {
  if (root.nodeType === Node.TEXT_NODE) return turnText(root, words);
  if (root.nodeType !== Node.ELEMENT_NODE || root.closest(PASSED_OVER)) return;
  turnAttributes(root, words);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType === Node.TEXT_NODE) turnText(node, words);
    else turnAttributes(node, words);
  }
}

export default function ({ data }) {
  const words = data.words;
  // Streamlit does not end an earlier call before it makes another, and may do so after that.
  globalThis.roentgenWords?.end();
  const observer = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") for (const node of change.addedNodes) turn(node, words);
      else if (change.type === "characterData") turnText(change.target, words);
      else turnAttributes(change.target, words);
    }
  });
  turn(document.body, words);
  observer.observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
  });
  const shown = {
    end() {
      observer.disconnect();
      turn(document.body, Object.fromEntries(Object.entries(words).map(([a, b]) => [b, a])));
    },
  };
  globalThis.roentgenWords = shown;
  return () => {
    if (globalThis.roentgenWords !== shown) return;
    shown.end();
    globalThis.roentgenWords = undefined;
  };
}
