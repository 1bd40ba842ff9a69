// Which films of the worklist are selected: single ones, ranges, all that are shown.

/** Keys with one more, or one fewer. */
export function toggled(selected, key) {
  return selected.includes(key) ? selected.filter((each) => each !== key) : [...selected, key];
}

/** Keys with all that stand from one line to another, whichever is above; `from` may be gone. */
export function ranged(selected, keys, from, to) {
  const start = keys.includes(from) ? keys.indexOf(from) : keys.indexOf(to);
  const [first, last] = [start, keys.indexOf(to)].sort((a, b) => a - b);
  return [...new Set([...selected, ...keys.slice(first, last + 1)])];
}

/** Keys with all that are shown; without them where they all were selected. */
export function allOrNone(selected, keys) {
  const isEach = keys.every((key) => selected.includes(key));
  return isEach ? selected.filter((key) => !keys.includes(key)) : [...new Set([...selected, ...keys])];
}
