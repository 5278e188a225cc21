// Every change of a [data-field] in a [data-answer] form goes into localStorage first, then is told as
// "field:changed" {key, entry}; autosave.js sends it and takes it out again. So neither a crash nor a cut
// takes what was typed: whatever still lies there is put back into the form of its sample and sent again.
// Key: journal:<user>:<sample>:<variable>:<page>. Entry: {url, body, operation, after, rev, at}; `after` is
// the operation that this page made before, for the case that only its answer was lost.
const PAGE = uuid();

document.addEventListener("input", note);
document.addEventListener("change", note);
document.addEventListener("journal:note", note); // somebody changed the field by script
document.addEventListener("sample:shown", restore);
document.addEventListener("sample:done", ({ detail }) => keys(detail.user, detail.sample).forEach((key) => localStorage.removeItem(key)));
restore();

function note({ target }) {
  const field = target.closest?.("[data-answer] [data-field]");
  if (!field || target.type === "hidden" || target.closest("fieldset:disabled")) return;
  const body = bodyOf(field);
  if (field.dataset.body === body) return; // "input" and "change" tell of the same
  const work = field.closest("[data-sample]");
  const entry = {
    url: field.dataset.url, body, operation: uuid(), after: field.dataset.operation ?? "",
    rev: Number(field.dataset.rev), at: Date.now(),
  };
  const key = `journal:${work.dataset.user}:${work.dataset.sample}:${field.dataset.field}:${PAGE}`;
  write(field, key, entry);
}

function write(field, key, entry) {
  field.dataset.body = entry.body;
  field.dataset.operation = entry.operation;
  field.removeAttribute("data-default");
  try {
    localStorage.setItem(key, JSON.stringify(entry));
  } catch { /* full or forbidden: it is still sent */ }
  field.dispatchEvent(new CustomEvent("field:changed", { bubbles: true, detail: { key, entry } }));
}

function controls(field) {
  return [...field.querySelectorAll("[name]:not([type=hidden])")];
}

function isToggle(control) {
  return ["radio", "checkbox"].includes(control.type);
}

function bodyOf(field) {
  const sent = controls(field).filter((control) => !isToggle(control) || control.checked);
  return new URLSearchParams(sent.map((control) => [control.name, control.value])).toString();
}

function restore() {
  const work = document.getElementById("work");
  if (!work?.querySelector("[data-answer]") || !("open" in work.dataset)) return;
  const found = keys(work.dataset.user, work.dataset.sample)
    .map((key) => [key, JSON.parse(localStorage.getItem(key))])
    .sort(([, one], [, other]) => one.at - other.at);
  for (const [key, entry] of found) {
    const field = work.querySelector(`[data-field="${key.split(":")[3]}"]`);
    if (field) putBack(field, entry);
    // The server knows whether somebody was newer: it then shows both.
    (field ?? work).dispatchEvent(new CustomEvent("field:changed", { bubbles: true, detail: { key, entry } }));
  }
}

function putBack(field, entry) {
  const given = new URLSearchParams(entry.body);
  for (const control of controls(field)) {
    if (isToggle(control)) control.checked = given.getAll(control.name).includes(control.value);
    else control.value = given.get(control.name) ?? "";
  }
  field.dataset.body = entry.body;
  field.dataset.operation = entry.operation;
  field.removeAttribute("data-default");
  const names = new Set(controls(field).map((control) => control.name));
  // Rows that this form does not have: the server draws the field once it has the value.
  entry.draw = [...given.keys()].some((name) => !names.has(name));
}

function keys(user, sample) {
  return Object.keys(localStorage).filter((key) => key.startsWith(`journal:${user}:${sample}:`));
}

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // crypto.randomUUID needs https
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
