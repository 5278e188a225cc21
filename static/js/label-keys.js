// Labeling by keyboard alone: the first empty required field has the focus, a digit or y/n that picks a
// choice moves on to the next field, u marks a field unsure and comes back, arrows step numbers, s opens
// the reasons. The field that had the focus last stays data-current, so that keys mean it (keys.js).
const INPUTS = "input:not([type=hidden], [name=unsure]), textarea, select";
let key = ""; // the last one pressed: a click that it caused looks like any other

document.addEventListener("keydown", (event) => {
  key = event.key;
  if (["ArrowUp", "ArrowDown"].includes(key) && event.target.matches?.("[data-step]") && step(event.target, key === "ArrowUp" ? 1 : -1)) event.preventDefault();
}, true);
document.addEventListener("pointerdown", () => { key = ""; }, true);

document.addEventListener("pressed", ({ target }) => { // not "change": the key of what is chosen already moves on as well
  const field = target.closest?.("[data-answer] [data-field]");
  if (field && target.type === "radio" && !target.closest(".subform, table") && /^[0-9yn]$/i.test(key)) moveOn(field);
});

document.addEventListener("focusin", ({ target, relatedTarget }) => {
  const field = target.closest?.("[data-answer] [data-field]");
  if (!field) return;
  for (const other of document.querySelectorAll("[data-field][data-current]")) other.removeAttribute("data-current");
  for (const flag of document.querySelectorAll("[data-flag][data-key]")) flag.removeAttribute("data-key");
  field.dataset.current = "";
  field.querySelector("[data-flag]")?.setAttribute("data-key", "u Alt+u"); // one key, for the field one is at
  if (target.name === "unsure" && /^u$/i.test(key) && field.contains(relatedTarget)) setTimeout(() => relatedTarget.focus());
});

for (const name of ["pressed", "toggle"]) document.addEventListener(name, ({ target }) => {
  const menu = target.closest?.(".skip-menu[open]");
  if (menu && !menu.querySelector("button:focus")) menu.querySelector("button").focus();
}, true);

for (const name of ["sample:shown", "fields:refused"]) document.addEventListener(name, begin);
document.addEventListener("htmx:load", skipFlags);
skipFlags();
begin();

// Tab goes from answer to answer; the flags have their key.
function skipFlags() {
  for (const flag of document.querySelectorAll("[data-answer] [name=unsure]")) flag.tabIndex = -1;
}

function begin() {
  const fields = [...document.querySelectorAll("[data-answer] [data-field]")].filter((field) => !field.closest("fieldset:disabled"));
  const wrong = fields.find((field) => !field.querySelector("[data-error]").hidden);
  const field = wrong ?? fields.find((each) => "required" in each.dataset && isEmpty(each)) ?? fields[0];
  focus(field);
}

function isEmpty(field) {
  const inputs = [...field.querySelectorAll(INPUTS)];
  return !inputs.some((input) => input.type === "radio" || input.type === "checkbox" ? input.checked && input.value : input.value);
}

function moveOn(field) {
  const fields = [...document.querySelectorAll("[data-answer] [data-field]")];
  const next = fields[fields.indexOf(field) + 1];
  if (next) focus(next);
  else document.querySelector("[data-action=submit]")?.focus();
}

function focus(field) {
  const input = field?.querySelector("input:checked:not([name=unsure])") ?? field?.querySelector(INPUTS);
  if (!input) return;
  input.focus({ preventScroll: matchMedia("(max-width: 48rem)").matches });
  if (input.matches("input:not([type=radio], [type=checkbox])")) input.select();
  if (input.matches("textarea")) input.setSelectionRange(input.value.length, input.value.length); // goes on behind
}

function step(input, direction) {
  const [by, least, most] = [input.dataset.step, input.dataset.min, input.dataset.max].map((text) => text === undefined ? NaN : Number(text));
  const now = Number(input.value.replace(",", "."));
  if (Number.isNaN(now)) return false;
  const size = by || 1;
  const digits = Math.max(...[size, least || 0].map((number) => (String(number).split(".")[1] ?? "").length));
  const wanted = input.value.trim() ? now + direction * size : Number.isNaN(least) ? 0 : least;
  const kept = Math.min(Number.isNaN(most) ? Infinity : most, Math.max(Number.isNaN(least) ? -Infinity : least, wanted));
  input.value = by || !input.value.trim() ? kept.toFixed(digits) : String(Number(kept.toPrecision(15)));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}
