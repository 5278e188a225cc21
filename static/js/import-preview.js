// Gathers what was chosen or dropped on <form data-import>, and shows what the server says it will become.
import { FILES_CHOSEN } from "./events.js";
import { parse, replaceElement } from "./html.js";
import { post } from "./http.js";

const PAUSE_MS = 150; // after the last keystroke
const lists = new WeakMap(); // form → Map of path → File: no input can hold what was dropped with its path
const previews = new WeakMap(); // form → the promise of its newest preview

// The Map of path → File that must be sent, once the server has said what it ignores; undefined without files.
export async function filesOf(form) {
  await previews.get(form);
  return lists.get(form);
}

export function hasFiles(form) {
  return lists.has(form);
}

document.addEventListener(FILES_CHOSEN, (event) => {
  const form = event.target.closest("[data-import]");
  if (!form) return;
  event.preventDefault();
  const list = lists.get(form) ?? new Map();
  for (const { file, path } of event.detail.files) list.set(path, file);
  lists.set(form, list);
  preview(form, 0);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("[data-import]");
  if (form && lists.has(form)) preview(form, PAUSE_MS);
});

function preview(form, pauseMs) {
  const newest = new Promise((done) => setTimeout(done, pauseMs)).then(async () => {
    if (previews.get(form) !== newest) return; // something was chosen or typed meanwhile
    const body = new URLSearchParams({ paths: JSON.stringify([...lists.get(form).keys()]) });
    for (const name of ["grouping", "test_percent"]) body.set(name, form.elements[name]?.value ?? "");
    const headers = { Accept: "text/html" };
    const response = await post(form.dataset.previewUrl, body, { headers }).catch(() => null);
    if (![200, 422].includes(response?.status)) return; // without a connection there is no preview
    const part = parse(await response.text()).getElementById("import-preview");
    for (const { value } of part.querySelectorAll("[data-ignored]")) lists.get(form).delete(value);
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
