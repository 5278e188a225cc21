// What counts as an input, and how one gets the focus.
export const TEXT =
  "textarea, input:not([type=radio], [type=checkbox], [type=button], [type=submit], [type=range], [type=file])";
export const INPUTS = "input:not([type=hidden], [name=unsure]), textarea, select";

export function isTyping(element) {
  return Boolean(element?.matches?.(`${TEXT}, select, [contenteditable=true]`));
}

// What has the focus where it is shown: a dialog that was closed keeps it until the page is painted again, and
// keys mean the page by then.
export function focused() {
  const active = document.activeElement;
  return active?.checkVisibility() ? active : document.body;
}

// Whether none of the inputs of a field has a value, or is ticked.
export function isFieldEmpty(field) {
  const isToggle = (input) => ["radio", "checkbox"].includes(input.type);
  return ![...field.querySelectorAll(INPUTS)].some((input) => input.value && (input.checked || !isToggle(input)));
}

// The chosen option of a place or its first input; what one types replaces a line and goes on behind a text.
export function focusInput(place, options) {
  const input = place?.querySelector("input:checked:not([name=unsure])") ?? place?.querySelector(INPUTS);
  if (!input) return;
  input.focus(options);
  if (input.matches("input:not([type=radio], [type=checkbox])")) input.select();
  if (input.matches("textarea")) input.setSelectionRange(input.value.length, input.value.length);
}
