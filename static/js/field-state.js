// Shows at each field, and for all of them in #save-state, how its save went; and, once the field is left,
// what keeps its value from being trained (the list that the server drew into #rendered).
const WORDS = [
  ["conflict", "Changed elsewhere", "bad"], ["refused", "Not saved", "bad"], ["offline", "Not saved: no connection", "bad"],
  ["saving", "Saving…", ""], ["waiting", "Saving…", ""],
];

for (const name of ["field:state", "field:saved", "field:refused", "field:conflict", "sample:shown"]) {
  document.addEventListener(name, () => setTimeout(showAll));
}
document.addEventListener("field:saved", ({ target, detail }) => {
  if (!target.matches?.("[data-field]")) return;
  target.dataset.rev = detail.rev;
  target.querySelector('[name^="rev-"]').value = detail.rev;
  if (target.dataset.refused) setError(target, "");
  delete target.dataset.refused;
  if (detail.html) draw(target, detail.html);
});
document.addEventListener("field:refused", ({ target, detail }) => {
  if (!target.matches?.("[data-field]")) return sayLoud(detail.text);
  target.dataset.refused = "1";
  if (!target.contains(document.activeElement) || hasError(target)) setError(target, detail.text);
  else target.dataset.problem = detail.text;
});
document.addEventListener("field:draw", ({ target, detail }) => draw(target, detail.html));
document.addEventListener("htmx:afterSwap", ({ target }) => target.id === "rendered" && readProblems(target));
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const field = target.closest?.("[data-answer] [data-field]");
  if (field && !field.contains(relatedTarget) && field.dataset.problem) setError(field, field.dataset.problem);
});

function readProblems(list) {
  for (const field of document.querySelectorAll("[data-answer] [data-field]")) {
    const said = list.querySelector(`[data-problem="${field.dataset.field}"] [data-said]`)?.textContent ?? "";
    field.dataset.problem = said;
    if (!said && !field.dataset.refused) setError(field, "");
    // While one types, an error may go or change, but not come: nobody is wrong in the middle of a word.
    else if (said && (hasError(field) || !field.contains(document.activeElement))) setError(field, said);
  }
}

function hasError(field) {
  return !field.querySelector("[data-error]").hidden;
}

function setError(field, text) {
  const error = field.querySelector("[data-error]");
  error.querySelector("span").textContent = text;
  error.hidden = !text;
  for (const input of field.querySelectorAll("input:not([type=hidden], [name=unsure]), textarea, select")) {
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    const ids = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== error.id);
    if (text) ids.push(error.id);
    if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
    else input.removeAttribute("aria-describedby");
  }
}

function draw(field, html) {
  const hadFocus = field.contains(document.activeElement);
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  field.replaceWith(fresh);
  if (hadFocus) fresh.querySelector("input:not([type=hidden], [name=unsure]), textarea, select")?.focus();
  fresh.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: fresh } }));
  fresh.dispatchEvent(new CustomEvent("fields:drawn", { bubbles: true }));
  showAll();
}

function sayLoud(text) {
  document.dispatchEvent(new CustomEvent("flash:show", { detail: { text, level: "error" } }));
}

function showAll() {
  const region = document.getElementById("save-state");
  if (!region) return;
  const states = new Set([...document.querySelectorAll("[data-answer] [data-field]")].map((field) => field.dataset.state));
  const [, words, tone] = WORDS.find(([state]) => states.has(state)) ?? ["saved", "Saved", ""];
  region.classList.toggle("bad", tone === "bad");
  const text = region.querySelector("[data-save-text]");
  if (text.textContent !== words) text.textContent = words;
}
