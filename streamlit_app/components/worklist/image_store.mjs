// The films of this tab. They stay where they are (a file of the person's disk, an entry of a ZIP)
// and are read one group at a time; the server's side has at most one group in its hands.

export const MAX_IMAGE_BYTES = 64e6;
export const MAX_GROUP_BYTES = 8e6;
export const MAX_GROUP_FILMS = 16;
const SYSTEM_NAMES = new Set([
  "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "dicomdir",
]);

/** Whether an operating system left the file behind, so that it is no film of anybody. */
export function isSystemFile(path) {
  return path.split("/").some((part) => SYSTEM_NAMES.has(part.toLowerCase()) || /^\.(?!(png|jpe?g|bmp|tiff?|webp|dcm)$)/i.test(part));
}

/** A file as it is, in parts that go one after the other. */
export function partsOf(file) {
  const count = Math.max(1, Math.ceil(file.size / MAX_GROUP_BYTES));
  return Array.from({ length: count }, (_, number) => {
    const start = number * MAX_GROUP_BYTES;
    const part = file.slice(start, start + MAX_GROUP_BYTES);
    return { name: file.name, size: part.size, is_first: number === 0, blob: async () => part };
  });
}

/** How many of the first films go together: by their bytes, but always one. */
export function groupLength(sizes) {
  let bytes = 0;
  let count = 0;
  while (count < Math.min(sizes.length, MAX_GROUP_FILMS)) {
    bytes += sizes[count];
    if (count && bytes > MAX_GROUP_BYTES) break;
    count += 1;
  }
  return count;
}

export class ImageStore {
  constructor() {
    this.images = new Map();
    this.queue = [];
    this.wanted = [];
    this.total = 0;
    this.number = Date.now();
    this.keep = true;
  }

  /** Take films, or parts of a file: { name, size, blob: () => Promise<Blob>, label?, source?, is_first?, error? }. */
  add(images) {
    if (!this.queue.length) this.total = 0;
    for (const image of images) {
      const key = `film-${(this.number += 1)}`;
      this.images.set(key, image);
      this.queue.push(key);
    }
    this.total += images.length;
  }

  /** Put films back in front; returns the keys of those that this tab does not have. */
  again(keys) {
    const known = keys.filter((key) => this.images.has(key) && !this.queue.includes(key));
    if (!this.queue.length) this.total = 0;
    this.queue.unshift(...known);
    this.total = Math.max(this.total, this.queue.length);
    return keys.filter((key) => !this.images.has(key));
  }

  /** A group was answered: where films are not kept they go, but for those asked for again. */
  answered(group, again) {
    if (this.keep || group.look) return;
    for (const { key } of group.images) if (!again.includes(key)) this.images.delete(key);
  }

  /** Films { key, full } to be looked at, `full` with all of their pixels; the newest wishes first. */
  look(films) {
    this.wanted.unshift(...films);
  }

  /** Nothing more is sent; what was answered stays. */
  stop() {
    for (const key of this.queue) this.images.delete(key);
    this.queue = [];
    this.total = 0;
  }

  clear() {
    this.stop();
    this.images.clear();
    this.wanted = [];
  }

  /** Whether there is something to send. */
  get hasMore() {
    return this.wanted.length + this.queue.length > 0;
  }

  /** The next group to send, or undefined; films wanted for a look come first. */
  async next() {
    const wanted = this.wanted.shift();
    if (!wanted && !this.queue.length) return undefined;
    const sizes = this.queue.map((key) => this.images.get(key)?.size ?? 0);
    const keys = wanted ? [wanted.key] : this.queue.splice(0, groupLength(sizes));
    const images = [];
    for (const key of keys) images.push(await this.sent(key));
    this.number += 1;
    const { number, total, queue } = this;
    return { number, look: Boolean(wanted), full: Boolean(wanted?.full), left: queue.length, total, images };
  }

  async sent(key) {
    const image = this.images.get(key);
    if (!image) return { key, name: "", is_gone: true };
    const named = { key, name: image.name };
    for (const given of ["label", "source", "is_first"]) if (image[given]) named[given] = image[given];
    if (image.error) return { ...named, error: image.error };
    if (image.size > MAX_IMAGE_BYTES) {
      return { ...named, error: "This file is too large; a film has at most 64 MB." };
    }
    try {
      return { ...named, data: await base64Of(await image.blob()) };
    } catch {
      return { ...named, error: "The browser cannot read this file; was it moved or changed?" };
    }
  }
}

async function base64Of(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  if (bytes.toBase64) return bytes.toBase64();
  const parts = [];
  for (let at = 0; at < bytes.length; at += 32768) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 32768)));
  }
  return btoa(parts.join(""));
}
