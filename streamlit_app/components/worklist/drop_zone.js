// Takes films from the person: files, folders, ZIP archives; dropped anywhere on the zone or chosen.

const ZIP_START = "PK\x03\x04";

function imageOf(file, path) {
  return { name: path || file.name, size: file.size, blob: async () => file };
}

async function isZip(file) {
  return (await file.slice(0, 4).text()) === ZIP_START;
}

async function imagesOf(file, path, words) {
  const name = path || file.name;
  try {
    return (await isZip(file)) ? await entriesOf(file, name, words) : [imageOf(file, name)];
  } catch {
    return [{ name, size: 0, error: said(words, "This file cannot be read as a ZIP archive.") }];
  }
}

/** The films of an archive; each is unpacked when its turn comes. */
async function entriesOf(file, archive, words) {
  const locked = said(words, "This film of {archive} is locked by a password.", { archive });
  const zip = globalThis.zip;
  zip.configure({ useWebWorkers: false });
  const entries = await new zip.ZipReader(new zip.BlobReader(file)).getEntries();
  return entries
    .filter((entry) => !entry.directory && !isSystemFile(entry.filename))
    .map((entry) => ({
      name: entry.filename,
      size: entry.uncompressedSize,
      blob: () => entry.getData(new zip.BlobWriter()),
      ...(entry.encrypted ? { error: locked } : {}),
    }));
}

/** One archive, which the server's side unpacks: what is left out there is part of the report. */
async function whole(files, words) {
  const [{ file }] = files;
  if (files.length === 1 && (await isZip(file))) return partsOf(file);
  return [{ name: file.name, size: 0, is_first: true, error: said(words, "Choose one ZIP archive with a folder of films for each class.") }];
}

/** `data.store` says what they are for, `data.label` and `data.source` which class and site a person
 * gives them. */
async function take(files, { store, label, source, words, is_whole: isWhole }) {
  const found = isWhole && files.length ? await whole(files, words) : [];
  for (const { file, path } of isWhole ? [] : files) {
    if (!isSystemFile(path)) found.push(...(await imagesOf(file, path, words)));
  }
  const given = { ...(label ? { label } : {}), ...(source ? { source } : {}) };
  const named = found.map((image) => ({ ...image, ...given }));
  if (named.length) globalThis.roentgenSenders?.[store]?.take(named);
}

/** All files below a dropped folder. */
async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return;
    for (const child of entries) await walk(child, found);
  }
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".rd");
  inLanguage(root, data.words);
  const inputs = { files: root.querySelector(".rd-files"), folder: root.querySelector(".rd-folder") };
  for (const button of root.querySelectorAll("button")) {
    button.onclick = () => inputs[button.dataset.input].click();
  }
  for (const input of Object.values(inputs).filter(Boolean)) {
    input.onchange = async () => {
      await take([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })), data);
      input.value = "";
    };
  }
  root.ondragover = (event) => {
    event.preventDefault();
    root.dataset.over = "true";
  };
  root.ondragleave = () => (root.dataset.over = "false");
  root.ondrop = async (event) => {
    event.preventDefault();
    root.dataset.over = "false";
    await take(await dropped(event.dataTransfer), data);
  };
}
