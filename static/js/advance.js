// From one sample to the next without a reload: fetches the probable next one, with its pictures, while one
// still works on this; submits by fetch and shows the next at once. Forms and links work without it.
// Buttons say what they do: data-action="submit|skip|undo".
import { removeDrafts } from "./drafts.js";
import { FIELDS_REFUSED, SAMPLE_SHOWN, SAMPLE_SUBMITTING, SAMPLE_SUBMIT_END, emit } from "./events.js";
import { showFlash } from "./flash.js";
import { parse, replaceElement } from "./html.js";
import { getPart, post } from "./http.js";
import { askToSignIn } from "./sign-in.js";

const MAX_WAIT_MS = 2000; // for saves on their way: the form names the revisions that they make
let ahead = null; // {sample, html} of the next one

document.addEventListener("submit", async (event) => {
  const action = event.submitter?.dataset.action;
  if (!action || !event.submitter.form?.closest("#work")) return;
  event.preventDefault();
  const work = document.getElementById("work");
  if ("busy" in work.dataset) return; // Enter pressed twice is submitted once
  work.dataset.busy = "";
  const waits = [];
  emit(document, SAMPLE_SUBMITTING, { waits });
  try {
    await Promise.race([Promise.all(waits), new Promise((done) => setTimeout(done, MAX_WAIT_MS))]);
    await submit(event.submitter, work, action);
  } catch {
    showFlash("There is no connection. All is kept here: try again when it is back.");
  }
  delete work.dataset.busy;
  emit(document, SAMPLE_SUBMIT_END);
});

async function submit(button, work, action) {
  const body = new URLSearchParams(new FormData(button.form, button));
  if (ahead) body.set("ahead", ahead.sample);
  const headers = { "HX-Request": "true", "HX-Target": "fields", Accept: "application/json, text/html" };
  const response = await post(button.form.action, body, { headers });
  const isJson = response.headers.get("Content-Type").includes("json");
  if (response.status === 401) return askToSignIn();
  if (!response.ok && isJson) return showFlash((await response.json()).detail);
  if (!response.ok) return showRefused(await response.text());
  if (action === "submit" && work.querySelector("[data-answer]")) removeDrafts(work.dataset);
  return show((await response.json()).url);
}

function showRefused(html) {
  replace("fields", html);
  emit(document, FIELDS_REFUSED);
}

async function show(url, { push = true } = {}) {
  if (!url.includes("/sample/")) return location.assign(url);
  let html = ahead && url.includes(ahead.sample) ? ahead.html : "";
  if (!html) {
    const response = await getPart(url, "work");
    if (!response.ok) return location.assign(url);
    html = await response.text();
  }
  ahead = null;
  replace("work", html);
  const work = document.getElementById("work");
  document.title = work.dataset.title;
  if (push) history.pushState({}, "", work.dataset.url);
  emit(work, SAMPLE_SHOWN);
  lookAhead();
  return undefined;
}

// Puts the element `id` of the html in place of its namesake, and the page's head if it came along.
function replace(id, html) {
  const parsed = parse(html);
  for (const name of [id, "label-head"]) {
    const fresh = parsed.getElementById(name);
    fresh?.removeAttribute("hx-swap-oob");
    if (fresh) replaceElement(document.getElementById(name), fresh);
  }
}

async function lookAhead() {
  const work = document.querySelector("[data-ahead-url]");
  if (!work) return;
  const response = await fetch(work.dataset.aheadUrl).catch(() => null);
  if (response?.status !== 200) return;
  const html = await response.text();
  const next = parse(html).getElementById("work");
  if (!next || document.getElementById("work") !== work) return;
  ahead = { sample: next.dataset.sample, html };
  for (const picture of next.querySelectorAll(".pane img")) new Image().src = picture.src;
}

window.addEventListener("popstate", () => show(location.pathname + location.search, { push: false }));
lookAhead();
