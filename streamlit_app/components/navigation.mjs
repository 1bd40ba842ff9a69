// What a component sends while the page that a person clicked on has not begun, Streamlit takes for
// a wish of the page before: that page is shown again, or an empty one. And where something comes
// just as a run of the page's script ends, Streamlit begins another and no longer listens to the one
// before: the end of that page is lost. So what is sent is kept until the page is there, and drawn.

// A page that has not begun by then was not asked for: the server was away.
const BEGUN_WITHIN_MS = 30_000;
// Nothing tells when a page has begun whose link has no address, as the first one's, nor one that the
// browser's way back leads to, which changes the address at once.
const UNTOLD_MS = 1000;
const NOWHERE = "";
// What runs for longer is about something else, and what is sent is heard when that has ended.
const DRAWN_WITHIN_MS = 10_000;
// What comes of something that a person did is sent within that.
const COUNTED_WITHIN_MS = 100;
const ACTS = ["pointerdown", "pointerup", "click", "keydown", "change", "drop"];
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

/** Whether the page's script runs, as far as it is known here. */
export function isBeingDrawn() {
  const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
  return state !== undefined && state !== "notRunning";
}

/** When the person last did something; one for all components of the tab. */
const person = (globalThis.roentgenPerson ??= heed({ actedAt: 0 }));

function heed(found) {
  const acted = () => Object.assign(found, { actedAt: Date.now() });
  for (const act of ACTS) globalThis.document?.addEventListener(act, acted, true);
  return found;
}

/** What is kept until the page is there, in the order in which it came. */
const waiting = (globalThis.roentgenWaiting ??= []);

/** Do it once the page is there that a person went to, and is drawn; at once where it is. */
export function onceThere(act) {
  waiting.push({ act, since: Date.now() });
  if (waiting.length === 1) release();
}

function release() {
  while (waiting.length && !isHeldBack(waiting[0])) {
    // Its place is kept meanwhile: what it makes others send comes after it.
    try {
      alone(waiting[0].act);
    } catch (error) {
      // What one cannot send must not keep the others from sending.
      console.error(error);
    }
    waiting.shift();
  }
  if (waiting.length) setTimeout(release, LOOK_AGAIN_MS);
}

function isHeldBack({ since }) {
  const hasActed = Date.now() - person.actedAt < COUNTED_WITHIN_MS;
  return isTurning() || ((isBeingDrawn() || hasActed) && Date.now() - since < DRAWN_WITHIN_MS);
}

/** What is set until a timer of 0 ms is due Streamlit sends as one wish, of one part of the page: a
 * click or a search that comes before that would draw that part alone, and be lost. So what it is
 * about to send is sent here and now. */
function alone(act) {
  const { setTimeout: wait } = globalThis;
  const due = [];
  globalThis.setTimeout = (run, ms, ...rest) => {
    if (ms !== 0) return wait(run, ms, ...rest);
    due.push(run);
    return undefined;
  };
  try {
    act();
  } finally {
    globalThis.setTimeout = wait;
  }
  for (const run of due) run();
}
