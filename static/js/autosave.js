// Sends drafts (drafts.js), field by field, until the server has them, and shows at each field how it went:
// data-state is waiting, saving, saved, offline, refused or conflict.
import { hideConflict, showConflict } from "./conflict.js";
import { confirmDraft, fieldOf, hasUnstoredDraft, readDraft, removeDraft, writeDraft } from "./drafts.js";
import { SAMPLE_SUBMITTING, SAMPLE_SUBMIT_END, SESSION_RESTORED } from "./events.js";
import { renderField, showRefused, showSaved, showState } from "./field-state.js";
import { postJson } from "./http.js";
import { askToSignIn, isSignedOut } from "./sign-in.js";

const PAUSE_MS = 300; // after the last keystroke
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30000;
const KEEPALIVE_CHARACTERS = 30000; // a browser refuses to keep larger requests alive
const sending = new Map(); // requests on their way, by key
const timers = new Map(); // drafts that wait, by key
let retryMs = FIRST_RETRY_MS;
let isHeld = false; // while the whole form is submitted, nothing else is sent

// Stores what the field holds and queues it.
export function saveDraft(field, key, draft) {
  field.dataset.body = draft.body;
  field.dataset.operation = draft.operation;
  field.removeAttribute("data-default");
  writeDraft(field, key, draft);
  showState(field, "waiting");
  schedule(key, PAUSE_MS);
}

document.addEventListener("focusout", flush);
window.addEventListener("online", flush);
document.addEventListener(SESSION_RESTORED, flush);
document.addEventListener("visibilitychange", () => document.hidden && [...timers.keys()].forEach(send));
document.addEventListener(SAMPLE_SUBMITTING, ({ detail }) => {
  isHeld = true;
  detail.waits.push(...sending.values());
});
document.addEventListener(SAMPLE_SUBMIT_END, () => {
  isHeld = false;
  flush();
});
window.addEventListener("beforeunload", (event) => {
  if (hasUnstoredDraft()) event.preventDefault(); // all else comes back with the page
});

function flush() {
  for (const key of timers.keys()) schedule(key, 0);
}

function schedule(key, delay) {
  clearTimeout(timers.get(key));
  timers.set(key, setTimeout(() => send(key), delay));
}

function send(key) {
  const draft = readDraft(key);
  if (!draft || isHeld || sending.has(key) || isSignedOut()) return;
  clearTimeout(timers.get(key));
  timers.delete(key);
  showState(fieldOf(key), "saving");
  sending.set(key, postDraft(draft).then((response) => {
    sending.delete(key);
    handle(key, draft, response);
  }));
}

function postDraft(draft) {
  const body = new URLSearchParams(draft.body);
  for (const name of ["operation", "after", "rev", "draw"]) body.set(name, draft[name] ?? "");
  return postJson(draft.url, body, { keepalive: draft.body.length < KEEPALIVE_CHARACTERS });
}

function handle(key, draft, response) {
  const field = fieldOf(key);
  const newest = readDraft(key);
  const isNewest = newest?.operation === draft.operation;
  const { status } = response;
  if (status === 200) {
    retryMs = FIRST_RETRY_MS;
    confirmDraft(key, { operation: draft.operation, rev: response.rev });
    hideConflict(field);
    showState(field, isNewest || !newest ? "saved" : "waiting");
    showSaved(field, response);
  } else if (status === 401 || response.csrf_token) {
    schedule(key, MAX_RETRY_MS);
    askToSignIn();
  } else if (isNewest && "theirs" in response) {
    showState(field, "conflict");
    letOneChoose(field, key, draft, response);
  } else if (isNewest && status >= 400 && status < 500 && status !== 429) {
    showState(field, "refused");
    showRefused(field, response.detail ?? "The server refused this. Your text is kept here.");
  } else if (isNewest) {
    showState(field, "offline");
    schedule(key, retryMs);
    retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
  }
  if (newest && !isNewest) schedule(key, 0);
}

function letOneChoose(field, key, draft, { mine, theirs, rev, html }) {
  if (!field) return; // the draft waits until its sample is opened again
  const takeTheirs = () => {
    removeDraft(key);
    renderField(field, html);
  };
  if (mine === theirs) return takeTheirs(); // both typed the same
  const keepMine = () => {
    field.dataset.rev = rev;
    saveDraft(field, key, { ...draft, rev, after: "" }); // the refused operation left no trace
  };
  return showConflict(field, { mine, theirs, keepMine, takeTheirs });
}
