// The one store of what was typed and is not saved yet: localStorage, so that neither a crash nor a lost
// connection takes it. Where nothing can be stored (full, forbidden) a draft stays on its field, as data-draft.
// Key: journal:<user>:<sample>:<variable>:<page>. Draft: {url, body, operation, after, rev, at}; `after` are the
// operations that were sent before, separated by spaces, for the case that only their response was lost.
import { workOf } from "./parts.js";

const PREFIX = "journal"; // not renamed: drafts of earlier versions still lie under it
const PAGE = uuid();

export function draftKey({ user, sample, variable }) {
  return [PREFIX, user, sample, variable, PAGE].join(":");
}

export function parseKey(key) {
  const [, user, sample, variable] = key.split(":");
  return { user, sample, variable };
}

// The field of a draft, if the page has its sample at hand.
export function fieldOf(key) {
  const { sample, variable } = parseKey(key);
  return workOf(sample)?.querySelector(`[data-field="${variable}"]`);
}

export function readDraft(key) {
  return JSON.parse(localStorage.getItem(key) ?? fieldOf(key)?.dataset.draft ?? "null");
}

export function writeDraft(field, key, draft) {
  delete field.dataset.draft;
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    field.dataset.draft = JSON.stringify(draft);
  }
}

export function removeDraft(key) {
  localStorage.removeItem(key);
}

// An operation was saved. What was typed meanwhile builds on the revision that it made.
export function confirmDraft(key, { operation, rev }) {
  const draft = JSON.parse(localStorage.getItem(key));
  if (draft?.operation === operation) removeDraft(key);
  else if (draft) localStorage.setItem(key, JSON.stringify({ ...draft, rev }));
  const field = fieldOf(key);
  if (field?.dataset.operation === operation) delete field.dataset.draft;
}

// [{key, variable, draft}] of one sample, from every page that left some, oldest first.
export function draftsOf({ user, sample }) {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(`${PREFIX}:${user}:${sample}:`))
    .map((key) => ({ key, variable: parseKey(key).variable, draft: JSON.parse(localStorage.getItem(key)) }))
    .sort((one, other) => one.draft.at - other.draft.at);
}

// The draft's own operation and those before it.
export function operationsOf({ after, operation }) {
  return [...after.split(" "), operation].filter(Boolean);
}

// [[`after-<variable>`, operation]] by which this page may have saved fields of the sample without knowing it.
export function unconfirmedOf(work) {
  const own = draftsOf(work).filter(({ key }) => key.endsWith(`:${PAGE}`));
  return own.flatMap(({ variable, draft }) =>
    operationsOf(draft).map((operation) => [`after-${variable}`, operation]));
}

export function removeDrafts({ user, sample }) {
  for (const { key } of draftsOf({ user, sample })) removeDraft(key);
}

export function hasUnstoredDraft() {
  return Boolean(document.querySelector("[data-draft]"));
}

export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // crypto.randomUUID needs https
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
