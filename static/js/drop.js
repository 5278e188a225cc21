// <div data-drop> takes dropped files and whole folders and gives them to the file input inside it.
// The input's own choosing works without this. "files:chosen" names the files with their paths, also after
// choosing by hand; preventing it keeps the input empty.
import { FILES_CHOSEN, emit } from "./events.js";

document.addEventListener("dragover", (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone) return;
  event.preventDefault();
  zone.dataset.over = "";
});

document.addEventListener("dragleave", (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (zone && !zone.contains(event.relatedTarget)) delete zone.dataset.over;
});

document.addEventListener("drop", async (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone) return;
  event.preventDefault();
  delete zone.dataset.over;
  // Entries must be taken before the first await: the list is emptied after it.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const files = (await Promise.all(entries.filter(Boolean).map((entry) => walk(entry, "")))).flat();
  if (!report(zone, files)) return;
  const input = zone.querySelector("input[type=file]");
  const all = new DataTransfer();
  for (const file of input.files) all.items.add(file);
  for (const { file } of files) all.items.add(file);
  input.files = all.files;
});

document.addEventListener("change", (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone || event.target.type !== "file") return;
  const files = [...event.target.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
  if (!report(zone, files)) event.target.value = "";
});

function report(zone, files) {
  for (const place of zone.querySelectorAll("[data-drop-count]")) {
    place.textContent = files.length === 1 ? "1 file" : `${files.length} files`;
  }
  return emit(zone, FILES_CHOSEN, { files });
}

async function walk(entry, above) {
  if (entry instanceof File) return [{ file: entry, path: entry.name }];
  const path = above ? `${above}/${entry.name}` : entry.name;
  if (entry.isFile) {
    return [{ file: await new Promise((done, failed) => entry.file(done, failed)), path }];
  }
  const reader = entry.createReader();
  const inside = [];
  for (;;) { // a reader gives at most 100 entries at a time
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map((each) => walk(each, path)))).flat();
}
