// Asks for a part of the page again and again, while nothing else is under way.
//
// The end of a page that is drawn just then would be lost (`navigation.mjs`). So nothing is asked for
// while the script runs, nor right after something that a person did: what comes of that may have
// begun without being known here.

const AFTER_A_PERSON_MS = 400;
// Asked for nonetheless, so that nothing which goes on for long, nor a tab in the background, stops it.
const AT_LATEST_MS = 10_000;
const TRY_AGAIN_MS = 50;

function isIdle() {
  if (document.hidden || isTurning() || isBeingDrawn()) return false;
  return Date.now() - person.actedAt >= AFTER_A_PERSON_MS;
}

class Refresher {
  show(everyMs, send) {
    this.send = send;
    if (everyMs !== this.everyMs) this.wait(everyMs);
    this.everyMs = everyMs;
  }

  wait(ms, due = Date.now() + ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(due), ms);
  }

  ask(due) {
    if (!isIdle() && Date.now() - due < AT_LATEST_MS) {
      this.wait(TRY_AGAIN_MS, due);
      return;
    }
    this.wait(this.everyMs);
    onceThere(() => this.send?.());
  }

  end() {
    clearTimeout(this.timer);
    this.send = undefined;
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const refresher = (parentElement.roentgenRefresher ??= new Refresher());
  const send = () => setTriggerValue("due", Date.now());
  refresher.show(data.every_ms, send);
  return () => {
    // Streamlit may end an earlier call after a later one has begun.
    if (refresher.send !== send) return;
    refresher.end();
    parentElement.roentgenRefresher = undefined;
  };
}
