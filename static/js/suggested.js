// Fields that a suggestion fills: a change marks them edited, one button empties the field, one takes what the next
// source suggests. The fields of the other sources wait in a <template data-alternatives> and take turns.
import { FIELDS_RENDERED, emit } from "./events.js";
import { controls, isToggle } from "./field-body.js";
import { replaceElement } from "./html.js";
import { focusInput } from "./inputs.js";

const KEPT = ["rev", "body", "operation", "sent"]; // what the field's saves have left on it (autosave.js)

for (const name of ["input", "change"]) document.addEventListener(name, ({ target }) => {
  const field = target.closest?.("[data-answer] [data-suggested]");
  if (!field || target.name === "unsure") return;
  field.dataset.suggested = "edited";
  delete field.dataset.look;
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-suggestion]");
  const field = button?.closest("[data-field]");
  if (!field) return;
  if (button.dataset.suggestion === "clear") clear(field);
  else takeNext(field);
});

function clear(field) {
  const answers = answersOf(field);
  for (const control of answers) {
    if (isToggle(control)) control.checked = control.type === "radio" && !control.value; // "no answer"
    else control.value = "";
  }
  announce(answers[0]);
  focusInput(field);
}

function takeNext(field) {
  const { content } = document.querySelector(`template[data-alternatives="${field.dataset.field}"]`) ?? {};
  const fresh = content?.firstElementChild;
  if (!fresh) return;
  for (const name of KEPT) if (name in field.dataset) fresh.dataset[name] = field.dataset[name];
  fresh.querySelector('[name^="rev-"]').value = field.querySelector('[name^="rev-"]').value;
  replaceElement(field, fresh);
  content.append(field);
  focusInput(fresh);
  if ("body" in fresh.dataset) announce(answersOf(fresh)[0]); // something else was saved meanwhile
  else emit(fresh, FIELDS_RENDERED);
}

function answersOf(field) {
  return controls(field).filter(({ name, type }) => name !== "unsure" && type !== "hidden");
}

function announce(control) {
  control?.dispatchEvent(new Event("input", { bubbles: true }));
}
