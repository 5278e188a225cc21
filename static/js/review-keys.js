// Reviewing by keyboard: a row that opens for editing takes the focus, Escape in it undoes the edit; one that
// is closed with an edit in it says so (data-edited). In the return dialog a digit picks and goes on to the
// next group, so that "r, row, reason, Enter" returns.
import { FIELDS_REFUSED, KEY_PRESSED, SAMPLE_SHOWN } from "./events.js";
import { INPUTS, focusInput } from "./inputs.js";
import { latinKey } from "./key-names.js";


let key = ""; // the last one pressed: a click that it caused looks like any other

document.addEventListener("keydown", (event) => {
  key = latinKey(event);
  const edit = key === "Escape" && event.target.closest?.("details.edit[open]");
  if (!edit) return;
  for (const input of inputs(edit)) restore(input);
  edit.dispatchEvent(new Event("input", { bubbles: true })); // the preview follows
  edit.open = false;
  edit.querySelector("summary").focus();
  edit.querySelector("summary").blur(); // or the next Enter would open it again instead of accepting
  event.preventDefault();
}, true);
document.addEventListener("pointerdown", () => { key = ""; }, true);

document.addEventListener("toggle", ({ target }) => {
  if (target.matches?.("details.edit")) target.toggleAttribute("data-edited", inputs(target).some(isEdited));
}, true);

for (const name of [KEY_PRESSED, "toggle"]) document.addEventListener(name, ({ target }) => {
  const edit = target.closest?.("summary, details")?.closest("details.edit[open]");
  // Focused again, it would select what is being typed, or take the focus from the reason of a return.
  if (edit && !inputs(edit.parentElement).includes(document.activeElement)) focusInput(edit);
}, true);

document.addEventListener("change", ({ target }) => {
  const group = target.closest?.("#return-dialog [data-step-on]");
  if (!group || target.type !== "radio" || !/^[0-9]$/.test(key)) return;
  const groups = [...document.querySelectorAll("#return-dialog [data-step-on]")];
  focusInput(groups[groups.indexOf(group) + 1]);
});

document.addEventListener(SAMPLE_SHOWN, () => {
  // Screen readers hear whose answer it is; keys mean the page, not a field.
  document.getElementById("verdict-form")?.focus({ preventScroll: true });
});

for (const name of [FIELDS_REFUSED, "DOMContentLoaded"]) document.addEventListener(name, showWrong);

function showWrong() {
  const wrong = document.querySelector(".verdict details.edit[open]:has(.error)");
  if (wrong) focusInput(wrong);
}

function inputs(place) {
  return [...place.querySelectorAll(INPUTS)];
}

function isEdited(input) {
  if (input.matches("[type=radio], [type=checkbox]")) return input.checked !== input.defaultChecked;
  if (input.matches("select")) return [...input.options].some((option) => option.selected !== option.defaultSelected);
  return input.value !== input.defaultValue;
}

function restore(input) {
  if (input.matches("[type=radio], [type=checkbox]")) input.checked = input.defaultChecked;
  else if (input.matches("select")) for (const option of input.options) option.selected = option.defaultSelected;
  else input.value = input.defaultValue;
}
