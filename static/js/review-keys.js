// Reviewing by keyboard: a row that opens for editing takes the focus, Escape in it undoes the edit; one that
// is closed with an edit in it says so (data-edited). In the return dialog a digit picks and goes on to the
// next group, so that "r, row, reason, Enter" returns.
const INPUTS = "input:not([type=hidden]), textarea, select";
let key = ""; // the last one pressed: a click that it caused looks like any other

document.addEventListener("keydown", (event) => {
  key = event.key;
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

for (const name of ["pressed", "toggle"]) document.addEventListener(name, ({ target }) => {
  const edit = target.closest?.("summary, details")?.closest("details.edit[open]");
  if (edit && !inputs(edit).includes(document.activeElement)) focus(edit); // or it would select what is being typed
}, true);

document.addEventListener("change", ({ target }) => {
  const group = target.closest?.("#return-dialog [data-step-on]");
  if (!group || target.type !== "radio" || !/^[0-9]$/.test(key)) return;
  const groups = [...document.querySelectorAll("#return-dialog [data-step-on]")];
  focus(groups[groups.indexOf(group) + 1]);
});

document.addEventListener("sample:shown", () => {
  // Screen readers hear whose answer it is; keys mean the page, not a field.
  document.getElementById("verdict-form")?.focus({ preventScroll: true });
});

for (const name of ["fields:refused", "DOMContentLoaded"]) document.addEventListener(name, showWrong);

function showWrong() {
  const wrong = document.querySelector(".verdict details.edit[open]:has(.error)");
  if (wrong) focus(wrong);
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

function focus(place) {
  const input = place?.querySelector("input:checked") ?? place?.querySelector(INPUTS);
  if (!input) return;
  input.focus();
  if (input.matches("input:not([type=radio], [type=checkbox])")) input.select();
  if (input.matches("textarea")) input.setSelectionRange(input.value.length, input.value.length); // goes on behind
}
