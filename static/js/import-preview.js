// Gathers what was chosen or dropped on <form data-import>, and shows what the server says it will become.
import { FILES_CHOSEN } from "./events.js";
import { parse, replaceElement } from "./html.js";
import { post } from "./http.js";

const PAUSE_MS = 150; // after the last keystroke
const lists = new WeakMap(); // form → Map of path → File: no input can hold what was dropped with its path
const passedOver = new WeakMap(); // form → Set of the paths that the server ignores
const additions = new WeakMap(); // form → the promise that all that was chosen is in its list
const previews = new WeakMap(); // form → the promise of its newest preview

// The Map of path → File that must be sent, once the server has said what it ignores; undefined without files.
export async function filesOf(form) {
  await additions.get(form);
  await previews.get(form);
  return lists.get(form);
}

export function hasFiles(form) {
  return lists.has(form);
}

// How many of the chosen files are hidden or the system's, so that they are not sent.
export function passedOverCount(form) {
  return passedOver.get(form)?.size ?? 0;
}

document.addEventListener(FILES_CHOSEN, (event) => {
  const form = event.target.closest("[data-import]");
  if (!form) return;
  event.preventDefault();
  if (!lists.has(form)) lists.set(form, new Map());
  const { files } = event.detail;
  const added = Promise.resolve(additions.get(form)).then(() => addAll(lists.get(form), files));
  additions.set(form, added);
  preview(form, 0);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("[data-import]");
  if (form && lists.has(form)) preview(form, PAUSE_MS);
});

// Files of one name from different folders are all kept: a chosen file does not say its folder.
async function addAll(list, files) {
  for (const { file, path } of files) {
    let unused = path;
    for (let number = 2; list.has(unused) && !await isSame(list.get(unused), file); number += 1) {
      unused = `${number}/${path}`;
    }
    list.set(unused, file);
  }
}

async function isSame(one, other) {
  if (one.size !== other.size) return false;
  const read = (file) => file.arrayBuffer().catch(() => null);
  const [first, second] = await Promise.all([read(one), read(other)]);
  if (!first || !second) return false; // unreadable: sending it says so
  const [left, right] = [new Uint8Array(first), new Uint8Array(second)];
  return left.every((byte, place) => byte === right[place]);
}

function preview(form, pauseMs) {
  const newest = new Promise((done) => setTimeout(done, pauseMs)).then(async () => {
    await additions.get(form);
    if (previews.get(form) !== newest) return; // something was chosen or typed meanwhile
    const ignored = passedOver.get(form) ?? new Set();
    const body = new URLSearchParams({ paths: JSON.stringify([...lists.get(form).keys(), ...ignored]) });
    for (const name of ["grouping", "test_percent"]) body.set(name, form.elements[name]?.value ?? "");
    const headers = { Accept: "text/html" };
    const response = await post(form.dataset.previewUrl, body, { headers }).catch(() => null);
    if (![200, 422].includes(response?.status)) return; // without a connection there is no preview
    const part = parse(await response.text()).getElementById("import-preview");
    for (const { value } of part.querySelectorAll("[data-ignored]")) {
      if (lists.get(form).delete(value)) ignored.add(value);
    }
    passedOver.set(form, ignored);
    if (previews.get(form) === newest) show(form, part);
  });
  previews.set(form, newest);
}

function show(form, part) {
  const { files, zips } = part.dataset;
  form.querySelector("[data-import-total]").textContent = [files, zips].filter(Boolean).join(" and ");
  for (const place of form.querySelectorAll("[data-import-count]")) {
    const count = Number(part.getAttribute(`data-samples-${place.dataset.importCount}`));
    place.textContent = `${count.toLocaleString("en")} sample${count === 1 ? "" : "s"}`;
    place.hidden = !count;
  }
  replaceElement(form.querySelector("[data-import-preview]"), part);
}
