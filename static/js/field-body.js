// What a [data-field] holds, as a form would send it.
export const controls = (field) =>
  [...field.querySelectorAll('[name]:not([type=hidden]), [name^="suggested-"]')]; // with what was suggested
export const isToggle = (control) => ["radio", "checkbox"].includes(control.type);

export function bodyOf(field) {
  const sent = controls(field).filter((control) => !isToggle(control) || control.checked);
  return new URLSearchParams(sent.map((control) => [control.name, control.value])).toString();
}
