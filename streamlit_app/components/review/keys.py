"""The key `r`, which Streamlit keeps for itself, presses a button of the page instead.

All other keys are Streamlit's own (`shortcut=` of `st.button`).
"""

import streamlit as st

# Runs in the page; it listens as long as its element is there.
SCRIPT = """
export default function ({ data }) {
  const isTyping = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName));
  const onKey = (event) => {
    if (event.key !== data.key || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(document.activeElement)) return;
    const button = document.querySelector(`.st-key-${data.button} button`);
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!button.disabled && !event.repeat) button.click();
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}
"""


def press(*, key: str, button: str) -> None:
    """Let a key press the button with this Streamlit key."""
    mount = st.components.v2.component("review_keys", js=SCRIPT)
    mount(data={"key": key, "button": button}, key=f"key-{key}", height=1)
