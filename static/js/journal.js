// Every change of a [data-field] in a [data-answer] form goes into localStorage first, then is told as
// "field:changed" {key}; autosave.js sends it and tells "journal:saved" {key, operation, rev}. So neither a
// crash nor a cut takes what was typed: what still lies there is put back into its form and sent again.
// Where nothing can be stored (full, forbidden) the entry stays on the field, as data-entry.
// Key: journal:<user>:<sample>:<variable>:<page>. Entry: {url, body, operation, after, rev, at}; `after` is
// the operation that this page made before, for the case that only its answer was lost.
const PAGE = uuid();
const controls = (field) => [...field.querySelectorAll("[name]:not([type=hidden])")];
const isToggle = (control) => ["radio", "checkbox"].includes(control.type);

document.addEventListener("input", note);
document.addEventListener("change", note);
document.addEventListener("journal:write", ({ target, detail }) => write(target, detail.key, detail.entry));
document.addEventListener("journal:saved", ({ detail }) => saved(detail));
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
  delete field.dataset.entry;
  try {
    localStorage.setItem(key, JSON.stringify(entry));
  } catch {
    field.dataset.entry = JSON.stringify(entry);
  }
  field.dispatchEvent(new CustomEvent("field:changed", { bubbles: true, detail: { key } }));
}

// What was typed while the save was on its way builds on the revision that it made.
function saved({ key, operation, rev }) {
  const entry = JSON.parse(localStorage.getItem(key));
  if (entry?.operation === operation) localStorage.removeItem(key);
  else if (entry) localStorage.setItem(key, JSON.stringify({ ...entry, rev }));
  const field = document.querySelector(`[data-sample="${key.split(":")[2]}"] [data-field="${key.split(":")[3]}"]`);
  if (field?.dataset.operation === operation) delete field.dataset.entry;
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
    if (!field) continue;
    // Rows that this form does not have: the server draws the field once it has the value.
    entry.draw = putBack(field, entry) ? "" : "1";
    write(field, key, entry); // whether somebody was newer, the server knows: it then shows both
  }
}

function putBack(field, entry) {
  const given = new URLSearchParams(entry.body);
  for (const control of controls(field)) {
    if (isToggle(control)) control.checked = given.getAll(control.name).includes(control.value);
    else control.value = given.get(control.name) ?? "";
  }
  const names = new Set(controls(field).map((control) => control.name));
  return [...given.keys()].every((name) => names.has(name));
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
