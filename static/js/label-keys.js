// Labeling by keyboard alone: the first field that was returned, or is required and empty, or whose suggestion is to be
// looked at, has the focus (Submit where suggestions leave none), a digit or y/n that picks a
// choice moves on to the next field, u marks a field unsure and comes back, arrows step numbers, s opens
// the reasons, Tab leads from the last field to Submit. The field that had the focus last stays data-current, so
// that keys mean it (keys.js).
import { FIELDS_REFUSED, KEY_PRESSED, SAMPLE_SHOWN } from "./events.js";
import { onContent } from "./html.js";
import { focusInput, isFieldEmpty } from "./inputs.js";
import { latinKey } from "./key-names.js";


const STOPS = "input, textarea, select, button, summary";
let key = ""; // the last one pressed: a click that it caused looks like any other

document.addEventListener("keydown", (event) => {
  key = latinKey(event);
  if (key === "Tab" && isLastStop(event)) {
    submitButton().focus();
    event.preventDefault();
  }
  const direction = { ArrowUp: 1, ArrowDown: -1 }[key];
  if (direction && event.target.matches?.("[data-step]") && step(event.target, direction)) event.preventDefault();
}, true);
document.addEventListener("pointerdown", () => { key = ""; }, true);

// Not "change": the key of what is chosen already moves on as well.
document.addEventListener(KEY_PRESSED, ({ target }) => {
  const field = target.closest?.("[data-answer] [data-field]");
  const isChoice = target.type === "radio" && !target.closest(".subform, table");
  if (field && isChoice && /^[0-9yn]$/i.test(key)) moveOn(field);
});

document.addEventListener("focusin", ({ target, relatedTarget }) => {
  const field = target.closest?.("[data-answer] [data-field]");
  if (!field) return;
  for (const other of document.querySelectorAll("[data-field][data-current]")) other.removeAttribute("data-current");
  for (const flag of document.querySelectorAll("[data-flag][data-key]")) flag.removeAttribute("data-key");
  field.dataset.current = "";
  field.querySelector("[data-flag]")?.setAttribute("data-key", "u Alt+u"); // one key, for the field one is at
  const isFlagged = target.name === "unsure" && /^u$/i.test(key) && field.contains(relatedTarget);
  if (isFlagged) setTimeout(() => relatedTarget.focus());
});

for (const name of [KEY_PRESSED, "toggle"]) document.addEventListener(name, ({ target }) => {
  const menu = target.closest?.(".skip-menu[open]");
  if (menu && !menu.querySelector("button:focus")) menu.querySelector("button").focus();
}, true);

for (const name of [SAMPLE_SHOWN, FIELDS_REFUSED]) document.addEventListener(name, begin);
// Tab goes from answer to answer; the flags have their key.
onContent(() => {
  for (const flag of document.querySelectorAll("[data-answer] [name=unsure]")) flag.tabIndex = -1;
});
begin();

function begin() {
  const all = [...document.querySelectorAll("[data-answer] [data-field]")];
  const fields = all.filter((field) => !field.closest("fieldset:disabled"));
  const wrong = fields.find((field) => !field.querySelector("[data-error]").hidden);
  const returned = fields.find((each) => "returned" in each.dataset);
  const field = wrong ?? returned ?? fields.find((each) =>
    "look" in each.dataset || "required" in each.dataset && isFieldEmpty(each));
  const isSuggested = !field && fields.some((each) => "suggested" in each.dataset);
  if (isSuggested) submitButton()?.focus(); // Enter accepts all
  else focus(field ?? fields[0]);
}

function moveOn(field) {
  const fields = [...document.querySelectorAll("[data-answer] [data-field]")];
  const next = fields[fields.indexOf(field) + 1];
  if (next) focus(next);
  else submitButton()?.focus();
}

// Tab leads from the last input to Submit; what is between them, Shift+Tab reaches from there.
function isLastStop({ target, shiftKey, altKey, ctrlKey, metaKey }) {
  if (shiftKey || altKey || ctrlKey || metaKey || !submitButton()) return false;
  const inputs = [...document.querySelectorAll(`[data-answer] [data-field] :is(${STOPS})`)];
  const last = inputs.filter((each) => each.tabIndex >= 0 && !each.disabled && each.checkVisibility()).at(-1);
  return target === last || Boolean(last?.name) && last.type === "radio" && target.name === last.name;
}

function submitButton() {
  return document.querySelector("[data-action=submit]");
}

function focus(field) {
  focusInput(field, { preventScroll: matchMedia("(max-width: 48rem)").matches });
}

function step(input, direction) {
  const numberOf = (text, otherwise) => text === undefined ? otherwise : Number(text);
  const by = numberOf(input.dataset.step, 0);
  const [minimum, maximum] = [numberOf(input.dataset.min, -Infinity), numberOf(input.dataset.max, Infinity)];
  const now = Number(input.value.replace(",", "."));
  if (Number.isNaN(now)) return false;
  const size = by || 1;
  const start = Number.isFinite(minimum) ? minimum : 0;
  const digits = Math.max(...[size, start].map((number) => (String(number).split(".")[1] ?? "").length));
  const wanted = input.value.trim() ? now + direction * size : start;
  const kept = Math.min(maximum, Math.max(minimum, wanted));
  input.value = by || !input.value.trim() ? kept.toFixed(digits) : String(Number(kept.toPrecision(15)));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}
