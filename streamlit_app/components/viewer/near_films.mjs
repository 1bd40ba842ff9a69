// The films before and after the one that is open: fetched before anybody asks for them, so that an
// arrow key draws the next one at once. The server hears of it afterwards.

// A film on a screen takes a few megabytes in the browser, decoded.
const MAX_HELD = 8;

/** The key so many places further, at most the last; undefined where there is none such. */
export function keyBeside(keys, key, step) {
  const place = keys.indexOf(key);
  const next = place < 0 ? 0 : Math.min(Math.max(place + step, 0), keys.length - 1);
  return keys[next] === key ? undefined : keys[next];
}

/** Pictures that this tab has fetched, by the film's key. */
export class NearFilms {
  /** `load`: an address to a promise of a local one; `drop`: what frees that. */
  constructor(load, drop) {
    this.load = load;
    this.drop = drop;
    this.held = new Map();
  }

  /** Fetch a film's picture: { key, film, quick }, `quick` where the film has more pixels. A picture
   * that cannot be had is forgotten, one with more pixels takes the place of one with fewer. */
  async hold({ key, film, quick }) {
    const had = this.held.get(key);
    if (had && (had.film === film || !had.quick)) return;
    const fetched = { key, film, quick, local: undefined };
    this.held.set(key, fetched);
    try {
      fetched.local = await this.load(film);
    } catch {
      if (this.held.get(key) === fetched) this.held.delete(key);
      return;
    }
    if (had?.local) this.drop(had.local);
    // Taken out of the map meanwhile, it is nobody's.
    if (this.held.get(key) !== fetched) this.drop(fetched.local);
    this.forgetOldest();
  }

  forgetOldest() {
    for (const [key, { local }] of [...this.held].slice(0, -MAX_HELD)) {
      if (!local) continue;
      this.held.delete(key);
      this.drop(local);
    }
  }

  /** What to draw for a film: { film, quick, local }; undefined where its picture is not here. */
  of(key) {
    const found = this.held.get(key);
    return found?.local ? found : undefined;
  }

  clear() {
    for (const { local } of this.held.values()) if (local) this.drop(local);
    this.held.clear();
  }
}
