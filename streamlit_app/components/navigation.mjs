// What a component sends while the page that a person clicked on has not begun, Streamlit takes for
// a wish of the page before: that page is shown again, or an empty one. So it is kept until then.

const BEGUN_WITHIN_MS = 5000;
// Nothing tells when a page has begun whose link has no address, as the first one's, nor one that the
// browser's way back leads to, which changes the address at once.
const UNTOLD_MS = 1000;
const NOWHERE = "";
const LOOK_AGAIN_MS = 30;

/** Where the person goes, and until when that counts; one for all components of the tab. */
const destination = (globalThis.roentgenDestination ??= follow({ path: undefined, until: 0 }));

function follow(found) {
  // Before Streamlit hears of it.
  globalThis.document?.addEventListener("click", (event) => {
    const link = event.target.closest?.('[data-testid="stPageLink-NavLink"]');
    if (!link || event.ctrlKey || event.metaKey) return;
    const { pathname } = new URL(link.href);
    if (pathname === location.pathname) goSomewhere();
    else Object.assign(found, { path: pathname, until: Date.now() + BEGUN_WITHIN_MS });
  }, true);
  const goSomewhere = () => Object.assign(found, { path: NOWHERE, until: Date.now() + UNTOLD_MS });
  globalThis.window?.addEventListener("popstate", goSomewhere);
  return found;
}

/** Whether a page has been asked for that has not begun: the address is changed as it begins. */
export function isTurning() {
  const { path, until } = destination;
  return path !== undefined && Date.now() < until && location.pathname !== path;
}

/** Do it once the page is there that a person went to; at once where nobody went to another. */
export function onceThere(act) {
  if (isTurning()) setTimeout(() => onceThere(act), LOOK_AGAIN_MS);
  else act();
}
