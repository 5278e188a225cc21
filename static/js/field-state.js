// Shows at each field, and for all of them in #save-state, how its save went; and, once the field is left,
// what keeps its value from being trained (the list in #rendered, which a save's response brings).
import { FIELDS_RENDERED, SAMPLE_SHOWN, emit } from "./events.js";
import { showFlash } from "./flash.js";
import { parse, replaceElement } from "./html.js";
import { INPUTS, focusInput } from "./inputs.js";

const WORDS = [ // the first state that any field has is said of all
  ["conflict", "Changed elsewhere", "bad"], ["refused", "Not saved", "bad"],
  ["offline", "Not saved: no connection", "bad"], ["saving", "Saving…", ""], ["waiting", "Saving…", ""],
];

export function showState(field, state) {
  field?.setAttribute("data-state", state);
  setTimeout(showAll);
}

export function showSaved(field, { rev, html }) {
  if (!field) return;
  field.dataset.rev = rev;
  field.querySelector('[name^="rev-"]').value = rev;
  if (field.dataset.refused) setError(field, "");
  delete field.dataset.refused;
  if (html) renderField(field, html);
}

export function showRefused(field, text) {
  if (!field) return showFlash(text);
  field.dataset.refused = "1";
  if (!field.contains(document.activeElement) || hasError(field)) setError(field, text);
  else field.dataset.problem = text;
  return undefined;
}

export function renderField(field, html) {
  const hadFocus = field.contains(document.activeElement);
  const fresh = parse(html).body.firstElementChild;
  replaceElement(field, fresh);
  if (hadFocus) focusInput(fresh);
  emit(fresh, FIELDS_RENDERED);
  showAll();
}

document.addEventListener(SAMPLE_SHOWN, () => setTimeout(showAll));
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const field = target.closest?.("[data-answer] [data-field]");
  if (field && !field.contains(relatedTarget) && field.dataset.problem) setError(field, field.dataset.problem);
});

// Puts in what will be trained, as the response of a save has it.
export function showRendered(html) {
  const list = document.getElementById("rendered");
  const fresh = parse(html).body;
  const state = fresh.querySelector("#rendered-state");
  state.remove();
  state.removeAttribute("hx-swap-oob");
  document.getElementById("rendered-state").replaceWith(state);
  list.replaceChildren(...fresh.childNodes);
  readProblems(list);
}

function readProblems(list) {
  for (const field of document.querySelectorAll("[data-answer] [data-field]")) {
    const entry = list.querySelector(`[data-problem="${field.dataset.field}"]`);
    const problem = entry?.querySelector("[data-problem-text]").textContent ?? "";
    field.dataset.problem = problem;
    if (!problem && !field.dataset.refused) setError(field, "");
    // While one types, an error may go or change, but not come: nobody is wrong in the middle of a word.
    else if (problem && (hasError(field) || !field.contains(document.activeElement))) setError(field, problem);
  }
}

function hasError(field) {
  return !field.querySelector("[data-error]").hidden;
}

function setError(field, text) {
  const error = field.querySelector("[data-error]");
  error.querySelector("span").textContent = text;
  error.hidden = !text;
  for (const input of field.querySelectorAll(INPUTS)) {
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    const ids = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== error.id);
    if (text) ids.push(error.id);
    if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
    else input.removeAttribute("aria-describedby");
  }
}

function showAll() {
  const region = document.getElementById("save-state");
  if (!region) return;
  const fields = [...document.querySelectorAll("[data-answer] [data-field]")];
  const states = new Set(fields.map((field) => field.dataset.state));
  const [, words, tone] = WORDS.find(([state]) => states.has(state)) ?? ["saved", "Saved", ""];
  region.classList.toggle("bad", tone === "bad");
  const text = region.querySelector("[data-save-text]");
  if (text.textContent !== words) text.textContent = words;
}
