// Sends drafts (drafts.js) until the server has them: all that changed in a sample together, one request at a time;
// and shows at each field how it went: data-state is waiting, saving, saved, offline, refused or conflict.
import { hideConflict, showConflict } from "./conflict.js";
import { confirmDraft, fieldOf, operationsOf, parseKey, readDraft, removeDraft, writeDraft } from "./drafts.js";
import { FIELDS_RENDERED, SAMPLE_SUBMITTING, SAMPLE_SUBMIT_END, SESSION_RESTORED } from "./events.js";
import { renderField, showRefused, showRendered, showSaved, showState } from "./field-state.js";
import { postJson } from "./http.js";
import { showHolder } from "./lease.js";
import { batchBody, nextBatch, openWork } from "./save-batch.js";
import { askToSignIn, isSignedOut } from "./sign-in.js";

const PAUSE_MS = 1000; // after the last keystroke
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30000;
const KEEPALIVE_CHARACTERS = 30000; // a browser refuses to keep larger requests alive
const queued = new Set(); // keys of drafts that wait
let absorbed = []; // keys of drafts that a submit on its way carries
let sending = null; // the request on its way
let isDue = false; // what waits has waited long enough
let isRenderingDue = false; // a field was replaced: what will be trained is another text now
let timer = 0;
let retryMs = FIRST_RETRY_MS;
let isHeld = false; // while a form is submitted, nothing else is sent

// Stores what the field holds and queues it.
export function saveDraft(field, key, draft) {
  field.dataset.body = draft.body;
  field.dataset.operation = draft.operation;
  field.removeAttribute("data-default");
  writeDraft(field, key, draft);
  showState(field, "waiting");
  queued.add(key);
  schedule(PAUSE_MS);
}

window.addEventListener("online", flush);
document.addEventListener(SESSION_RESTORED, flush);
document.addEventListener("visibilitychange", () => document.hidden && send());
document.addEventListener(FIELDS_RENDERED, () => {
  isRenderingDue = true;
  schedule(0);
});
document.addEventListener(SAMPLE_SUBMITTING, ({ detail }) => {
  isHeld = true;
  if (sending) detail.waits.push(sending);
  const carried = [...queued].filter((key) => parseKey(key).sample === detail.submits);
  for (const key of carried) queued.delete(key);
  absorbed.push(...carried);
});
document.addEventListener(SAMPLE_SUBMIT_END, () => {
  isHeld = false;
  for (const key of absorbed) queued.add(key); // of an accepted form no draft is left
  absorbed = [];
  flush();
});

function flush() {
  if (queued.size) schedule(0);
}

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(send, delay);
}

function send() {
  isDue = true;
  if (isHeld || sending && !document.hidden || isSignedOut()) return;
  const batch = nextBatch(queued, { isRenderingDue });
  if (!batch) return;
  clearTimeout(timer);
  isDue = false;
  for (const { key, draft } of batch.drafts) {
    const field = fieldOf(key);
    if (field) field.dataset.sent = operationsOf(draft).join(" "); // whether they arrive, only a response tells
    showState(field, "saving");
  }
  const body = batchBody(batch);
  const keepalive = body.toString().length < KEEPALIVE_CHARACTERS;
  const request = postJson(batch.url, body, { keepalive }).then((response) => {
    if (sending === request) sending = null;
    const delay = handle(batch, response);
    if (queued.size) schedule(delay || (isDue ? 0 : PAUSE_MS));
  });
  sending = request;
}

// How long to wait before the next request, at least; in ms.
function handle({ sample, drafts }, response) {
  const work = openWork(sample);
  if (response.status === 200) {
    retryMs = FIRST_RETRY_MS;
    if (work) showHolder(work, response);
  }
  const { fields } = response;
  const delays = drafts.map(({ key, variable, draft }) => handleField(key, draft, fields?.[variable] ?? response));
  if (work && response.rendered) {
    isRenderingDue = false;
    showRendered(response.rendered);
  }
  const delay = Math.max(0, ...delays);
  if (delay === retryMs) retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
  return delay;
}

function handleField(key, draft, response) {
  const field = fieldOf(key);
  const newest = readDraft(key);
  const isNewest = newest?.operation === draft.operation;
  const { status } = response;
  if (newest && !isNewest && !absorbed.includes(key)) queued.add(key);
  if (status === 200) {
    confirmDraft(key, { operation: draft.operation, rev: response.rev });
    field?.removeAttribute("data-sent");
    hideConflict(field);
    showState(field, isNewest || !newest ? "saved" : "waiting");
    showSaved(field, response);
  } else if (status === 401 || response.csrf_token) {
    queued.add(key);
    askToSignIn();
    return MAX_RETRY_MS;
  } else if (isNewest && "theirs" in response) {
    showState(field, "conflict");
    letOneChoose(field, key, draft, response);
  } else if (isNewest && status >= 400 && status < 500 && status !== 429) {
    showState(field, "refused");
    showRefused(field, response.detail ?? "The server refused this. Your text is kept here.");
  } else if (isNewest) {
    showState(field, "offline");
    queued.add(key);
    return retryMs;
  }
  return 0;
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
    flush();
  };
  return showConflict(field, { mine, theirs, keepMine, takeTheirs });
}
