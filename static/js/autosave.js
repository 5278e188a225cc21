// Sends what lies in the journal (journal.js), field by field, until the server has it. Told by
// "field:changed" {key}; tells "field:saved", "field:refused" {text}, "field:conflict" {key, entry, said},
// "session:ended", and marks the field data-state: waiting, saving, saved, offline, refused or conflict.
const PAUSE_MS = 300; // after the last keystroke
const MOST_MS = 30000; // between two tries without a connection
const sending = new Map(); // what is on its way, by key
const timers = new Map(); // what waits, by key
let wait = 1000;
let isHeld = false; // while the whole form is handed in, nothing else is sent

document.addEventListener("field:changed", ({ detail: { key } }) => {
  mark(key, "waiting");
  later(key, PAUSE_MS);
});
document.addEventListener("focusout", hurry);
window.addEventListener("online", hurry);
window.addEventListener("session:back", hurry);
document.addEventListener("visibilitychange", () => document.hidden && [...timers.keys()].forEach(send));
document.addEventListener("sample:handing-in", ({ detail }) => {
  isHeld = true;
  detail.waits.push(...sending.values());
});
document.addEventListener("sample:handed-in", () => {
  isHeld = false;
  hurry();
});
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-entry]")) event.preventDefault(); // all else comes back with the page
});

function hurry() {
  for (const key of timers.keys()) later(key, 0);
}

function later(key, delay) {
  clearTimeout(timers.get(key));
  timers.set(key, setTimeout(() => send(key), delay));
}

function send(key) {
  const entry = read(key);
  if (!entry || isHeld || sending.has(key) || "signedOut" in document.documentElement.dataset) return;
  clearTimeout(timers.get(key));
  timers.delete(key);
  mark(key, "saving");
  sending.set(key, ask(entry).then((said) => {
    sending.delete(key);
    take(key, entry, said);
  }));
}

async function ask({ url, body: typed, ...rest }) {
  const body = new URLSearchParams(typed);
  for (const name of ["operation", "after", "rev", "draw"]) body.set(name, rest[name] ?? "");
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  const response = await fetch(url, { method: "POST", body, headers, keepalive: typed.length < 30000 }).catch(() => null);
  return { status: response?.status ?? 0, ...await response?.json().catch(() => ({})) };
}

function take(key, entry, said) {
  const newest = read(key);
  const isNewest = newest?.operation === entry.operation;
  const { status } = said;
  if (status === 200) {
    wait = 1000;
    tell(key, "journal:saved", { key, operation: entry.operation, rev: said.rev });
    mark(key, isNewest || !newest ? "saved" : "waiting", "field:saved", said);
  } else if (status === 401 || said.csrf_token) {
    later(key, MOST_MS);
    tell(key, "session:ended");
  } else if (isNewest && "theirs" in said) {
    mark(key, "conflict", "field:conflict", { key, entry, said });
  } else if (isNewest && status >= 400 && status < 500 && status !== 429) {
    mark(key, "refused", "field:refused", { text: said.detail ?? "The server refused this. Your text is kept here." });
  } else if (isNewest) {
    mark(key, "offline");
    later(key, wait);
    wait = Math.min(wait * 2, MOST_MS);
  }
  if (newest && !isNewest) later(key, 0);
}

const read = (key) => JSON.parse(localStorage.getItem(key) ?? fieldOf(key)?.dataset.entry ?? "null");

function mark(key, state, name = "field:state", detail = {}) {
  fieldOf(key)?.setAttribute("data-state", state);
  tell(key, name, detail);
}

function tell(key, name, detail = {}) {
  (fieldOf(key) ?? document).dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
}

function fieldOf(key) {
  const [, , sample, variable] = key.split(":");
  return document.querySelector(`[data-sample="${sample}"] [data-field="${variable}"]`);
}
