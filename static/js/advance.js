// From one sample to the next without a reload: fetches the probable next one, with its pictures, while one
// still works on this; hands in by fetch and shows the next at once ("sample:shown"). Forms and links work
// without it. Buttons say what they do: data-action="submit|skip|undo".
const MOST_WAIT_MS = 2000; // for saves on their way: the form names the revisions that they make
let coming = null; // {sample, html} of the next one

document.addEventListener("submit", async (event) => {
  const action = event.submitter?.dataset.action;
  if (!action || !event.submitter.form?.closest("#work")) return;
  event.preventDefault();
  const work = document.getElementById("work");
  if ("busy" in work.dataset) return; // Enter pressed twice is handed in once
  work.dataset.busy = "";
  const waits = [];
  document.dispatchEvent(new CustomEvent("sample:handing-in", { detail: { waits } }));
  try {
    await Promise.race([Promise.all(waits), new Promise((go) => setTimeout(go, MOST_WAIT_MS))]);
    await handIn(event.submitter, work, action);
  } catch {
    say("There is no connection. All is kept here: try again when it is back.");
  }
  delete work.dataset.busy;
  document.dispatchEvent(new CustomEvent("sample:handed-in"));
});

async function handIn(button, work, action) {
  const body = new URLSearchParams(new FormData(button.form, button));
  if (coming) body.set("ahead", coming.sample);
  const response = await fetch(button.form.action, {
    method: "POST", body, headers: { "HX-Request": "true", "HX-Target": "fields", Accept: "application/json, text/html" },
  });
  const is_json = response.headers.get("Content-Type").includes("json");
  if (response.status === 401) return button.dispatchEvent(new CustomEvent("session:ended", { bubbles: true, cancelable: true }));
  if (!response.ok && is_json) return say((await response.json()).detail);
  if (!response.ok) return drawFields(await response.text());
  if (action === "submit") document.dispatchEvent(new CustomEvent("sample:done", { detail: { ...work.dataset } }));
  return go((await response.json()).url);
}

function drawFields(html) {
  replace("fields", html);
  document.dispatchEvent(new CustomEvent("fields:refused"));
}

async function go(url, { push = true } = {}) {
  if (!url.includes("/sample/")) return location.assign(url);
  let html = coming && url.includes(coming.sample) ? coming.html : "";
  if (!html) {
    const response = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": "work" } });
    if (!response.ok) return location.assign(url);
    html = await response.text();
  }
  coming = null;
  replace("work", html);
  const work = document.getElementById("work");
  document.title = work.dataset.title;
  if (push) history.pushState({}, "", work.dataset.url);
  work.dispatchEvent(new CustomEvent("sample:shown", { bubbles: true }));
  lookAhead();
  return undefined;
}

// Puts the element `id` of the html in place of its namesake, and the page's head if it came along.
function replace(id, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const name of [id, "label-head"]) {
    const fresh = parsed.getElementById(name);
    if (!fresh) continue;
    document.getElementById(name).replaceWith(fresh);
    fresh.removeAttribute("hx-swap-oob");
    window.htmx.process(fresh);
    fresh.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: fresh } }));
  }
}

async function lookAhead() {
  const work = document.querySelector("[data-ahead-url]");
  if (!work) return;
  const response = await fetch(work.dataset.aheadUrl).catch(() => null);
  if (response?.status !== 200) return;
  const html = await response.text();
  const next = new DOMParser().parseFromString(html, "text/html").getElementById("work");
  if (!next || document.getElementById("work") !== work) return;
  coming = { sample: next.dataset.sample, html };
  for (const picture of next.querySelectorAll(".pane img")) new Image().src = picture.src;
}

function say(text) {
  document.dispatchEvent(new CustomEvent("flash:show", { detail: { text, level: "error" } }));
}

window.addEventListener("popstate", () => go(location.pathname + location.search, { push: false }));
lookAhead();
