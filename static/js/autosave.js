// Sends what lies in the journal, field by field, until the server has it. Told by "field:changed"
// {key, entry}; tells "field:saved", "field:refused" {text}, "field:conflict" {key, entry, said},
// "session:ended", and marks the field data-state: waiting, saving, saved, offline, refused or conflict.
const PAUSE_MS = 300; // after the last keystroke
const MOST_MS = 30000; // between two tries without a connection
const sending = new Set();
const timers = new Map();
const unstored = new Map(); // what did not fit into the journal
let wait = 1000;

document.addEventListener("field:changed", ({ detail }) => {
  if (read(detail.key)?.operation === detail.entry.operation && !detail.entry.draw) unstored.delete(detail.key);
  else unstored.set(detail.key, detail.entry);
  mark(detail.key, "waiting");
  later(detail.key, PAUSE_MS);
});
document.addEventListener("focusout", () => timers.forEach((_, key) => later(key, 0)));
document.addEventListener("visibilitychange", () => document.hidden && timers.forEach((_, key) => send(key)));
for (const name of ["online", "session:back"]) window.addEventListener(name, () => timers.forEach((_, key) => later(key, 0)));
window.addEventListener("beforeunload", (event) => {
  if (unstored.size) event.preventDefault(); // all else comes back with the page
});

function later(key, delay) {
  clearTimeout(timers.get(key));
  timers.set(key, setTimeout(() => send(key), delay));
}

async function send(key) {
  const entry = unstored.get(key) ?? read(key);
  if (!entry) return timers.delete(key);
  if (sending.has(key) || "signedOut" in document.documentElement.dataset) return undefined;
  sending.add(key);
  mark(key, "saving");
  const answer = await ask(entry);
  sending.delete(key);
  clearTimeout(timers.get(key));
  timers.delete(key);
  return after(key, entry, answer);
}

async function ask(entry) {
  const body = new URLSearchParams(entry.body);
  for (const name of ["operation", "after", "rev"]) body.set(name, entry[name]);
  if (entry.draw) body.set("draw", "1");
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  try {
    const response = await fetch(entry.url, { method: "POST", body, headers, keepalive: entry.body.length < 30000 });
    return { status: response.status, ...await response.json().catch(() => ({})) };
  } catch {
    return { status: 0 };
  }
}

function after(key, entry, said) {
  const newest = unstored.get(key) ?? read(key);
  if (said.status === 200) return saved(key, entry, newest, said);
  if (said.status === 401 || (said.status === 403 && said.csrf_token)) {
    later(key, MOST_MS);
    mark(key, "waiting");
    return tell(key, "session:ended", {});
  }
  if (newest?.operation !== entry.operation) return newest ? later(key, 0) : mark(key, "saved");
  if (said.status === 409 && "theirs" in said) return mark(key, "conflict", "field:conflict", { key, entry, said });
  if (said.status >= 400 && said.status < 500 && said.status !== 429) {
    return mark(key, "refused", "field:refused", { text: said.detail ?? "The server refused this. Your text is kept here." });
  }
  mark(key, "offline");
  later(key, wait);
  wait = Math.min(wait * 2, MOST_MS);
}

function saved(key, entry, newest, said) {
  wait = 1000;
  unstored.delete(key);
  const rest = newest && newest.operation !== entry.operation ? { ...newest, rev: said.rev } : null;
  if (!rest) localStorage.removeItem(key);
  else store(key, rest);
  mark(key, rest ? "waiting" : "saved", "field:saved", said);
  if (rest) later(key, 0);
}

const read = (key) => JSON.parse(localStorage.getItem(key));

function store(key, entry) {
  try {
    localStorage.setItem(key, JSON.stringify(entry));
  } catch {
    unstored.set(key, entry);
  }
}

function mark(key, state, name = "field:state", detail = {}) {
  const field = fieldOf(key);
  if (field) field.dataset.state = state;
  tell(key, name, detail);
}

function tell(key, name, detail) {
  (fieldOf(key) ?? document).dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
}

function fieldOf(key) {
  const [, , sample, variable] = key.split(":");
  return document.querySelector(`[data-sample="${sample}"] [data-field="${variable}"]`);
}
