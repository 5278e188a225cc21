// From one sample to the next in one request: the next is at hand (parts.js) and shown before the server has responded;
// the response brings the one after it. A sample that is refused comes back with its text and the reason. Forms work
// without it. Buttons say what they do: data-action="submit|skip|approve|return|undo".
import { removeDrafts, unconfirmedOf } from "./drafts.js";
import { FIELDS_REFUSED, SAMPLE_SUBMITTING, SAMPLE_SUBMIT_END, emit } from "./events.js";
import { hideFlash, showFlash } from "./flash.js";
import { parse, replaceElement } from "./html.js";
import { getPart, post } from "./http.js";
import { isFieldEmpty } from "./inputs.js";
import { addComing, partOf, pastPart, samplesAtHand, showPart, shownPart, takeComing } from "./parts.js";
import { askToSignIn } from "./sign-in.js";

const MAX_WAIT_MS = 2000; // for a save on its way: the form names the revisions that it makes
const NO_CONNECTION = "There is no connection. All is kept here: try again when it is back.";
let last = Promise.resolve(true); // the submit before: whether it was accepted
let [isWaiting, unanswered] = [false, 0]; // for the one before: Enter pressed twice is submitted once

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  const { action } = button?.dataset ?? {};
  if (!action || !button.form?.closest("#work")) return;
  event.preventDefault();
  if (isWaiting) return;
  isWaiting = true;
  unanswered += 1;
  const [part, waits] = [shownPart(), []];
  emit(document, SAMPLE_SUBMITTING, { waits, submits: action === "submit" ? part.sample : "" });
  part.work.dataset.busy = "";
  // Where the one before is refused, its sample is shown again, and this one is not sent.
  const isOn = unanswered === 1 || await last && shownPart().work === part.work;
  isWaiting = false;
  if (isOn) await (last = submit(part, button, action, waits));
  delete part.work.dataset.busy;
  unanswered -= 1;
  if (!unanswered) emit(document, SAMPLE_SUBMIT_END);
});

// Whether the server accepted it.
async function submit(part, button, action, waits) {
  const { form } = button;
  let body = new FormData(form, button);
  const early = showEarly(part, form, action);
  const coming = [...early && action !== "undo" ? [early.sample] : [], ...samplesAtHand()];
  early?.work.setAttribute("data-busy", "");
  try {
    await Promise.race([Promise.all(waits), new Promise((done) => setTimeout(done, MAX_WAIT_MS))]);
    if (action === "submit") body = bodyOf(part, button); // with the revisions of the saves
    const response = await send(form.action, body, coming);
    if (response.ok) {
      if (action === "submit") removeDrafts(part.work.dataset);
      goOn(part, early, action, await response.json());
    } else await bringBack(part, early, action, response);
    return response.ok;
  } catch {
    await bringBack(part, early, action, null);
    return false;
  } finally {
    early?.work.removeAttribute("data-busy");
  }
}

function bodyOf({ work }, button) {
  const body = new FormData(button.form, button);
  for (const [name, operation] of unconfirmedOf(work.dataset)) body.append(name, operation);
  return body;
}

function send(url, body, coming) {
  const sent = new URLSearchParams(body);
  for (const sample of coming) sent.append("ahead", sample);
  return post(url, sent, {
    headers: { "HX-Request": "true", "HX-Target": "fields", Accept: "application/json, text/html" },
  });
}

// The part that can be shown before the response: not where a look at the form says that it will be refused.
function showEarly(part, form, action) {
  if (action === "undo") {
    const before = pastPart(form.action.match(/sample\/([^/]+)/)[1]);
    if (before) showPart(before, { isCertain: false });
    return before;
  }
  if (action === "return" || action !== "skip" && isIncomplete(part.work)) return undefined;
  const next = takeComing();
  if (next) shown(next);
  return next;
}

function isIncomplete(work) {
  return [...work.querySelectorAll("[data-field]")].some((field) => field.querySelector(".error:not([hidden])")
    || "refused" in field.dataset || "required" in field.dataset && isFieldEmpty(field));
}

function shown(part, { isNew = true } = {}) {
  showPart(part);
  history[isNew ? "pushState" : "replaceState"]({}, "", part.work.dataset.url);
}

function goOn(part, early, action, { url, next, work, ahead, notice }) {
  if (!next) return location.assign(url);
  hideFlash(NO_CONNECTION);
  if (notice) showFlash(notice, "warning");
  const isUndo = action === "undo";
  if (isUndo) addComing(part, { isFirst: true });
  if (work) shown(partOf(work), { isNew: !early || isUndo });
  else if (next !== early?.sample) shown(takeComing(next), { isNew: !early });
  if (ahead) addComing(partOf(ahead));
  return isUndo || samplesAtHand().length ? undefined : loadNext();
}

async function bringBack(part, early, action, response) {
  if (early) {
    shown(part, { isNew: action === "undo" });
    if (action !== "undo") addComing(early, { isFirst: true });
  }
  if (!response) return showFlash(NO_CONNECTION);
  if (response.status === 401) return askToSignIn();
  if (response.headers.get("Content-Type").includes("json")) return showFlash((await response.json()).detail);
  const parsed = parse(await response.text());
  for (const id of ["fields", "label-head"]) {
    const fresh = parsed.getElementById(id);
    fresh?.removeAttribute("hx-swap-oob");
    if (fresh) replaceElement(document.getElementById(id), fresh);
  }
  return emit(document, FIELDS_REFUSED);
}

// Back and forward: what is kept is shown at once, then as the server has it now.
window.addEventListener("popstate", async () => {
  await last;
  const [, sample] = location.pathname.match(/sample\/([^/]+)/) ?? [];
  const kept = sample && (takeComing(sample) ?? pastPart(sample));
  if (kept) showPart(kept, { isCertain: false });
  const response = await getPart(location.pathname + location.search, "work").catch(() => null);
  const part = response?.ok && partOf(await response.text());
  if (part) showPart(part);
  else location.reload();
  if (!samplesAtHand().length) loadNext();
});

// The part of the sample that comes next, leased to this person from now on.
export async function loadNext() {
  const { work, sample } = shownPart();
  if (!work?.dataset.aheadUrl) return;
  const response = await post(work.dataset.aheadUrl, new URLSearchParams({ exclude: sample })).catch(() => null);
  if (response?.status === 200) addComing(partOf(await response.text()));
}

loadNext();
