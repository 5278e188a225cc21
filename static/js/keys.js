// Presses what carries the key: <button data-key="a">, <a data-key="ArrowRight">, <input type=radio data-key="1">.
// Several keys are separated by spaces, modifiers are written "Ctrl+Enter" (Cmd counts as Ctrl).
// Inside a text field only keys with Ctrl or Alt work; Escape leaves the field.
// Of equal keys the one in the innermost [data-keys] scope around the focus wins, then one in a
// scope marked data-current, then one outside of any scope. An open dialog hides the page behind it.
// People who speak to their computer can switch single keys off in the overlay (keys-help.js).
import { KEY_PRESSED, emit } from "./events.js";
import { onContent } from "./html.js";
import { focused, isTyping } from "./inputs.js";
import { namesOf } from "./key-names.js";


const SPEAKS = "button, summary, a[href], [role=button]";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat && !isArrow(event.key)) return;
  const active = focused();
  if (event.key === "Escape" && isTyping(active) && !active.closest("dialog")) {
    active.blur();
    event.preventDefault();
    return;
  }
  const strong = event.ctrlKey || event.metaKey || event.altKey;
  if (!strong && (isTyping(active) || singleKeysOff(event.key))) return;
  if (!strong && ["Enter", " "].includes(event.key) && active?.matches(SPEAKS)) return;
  if (!strong && isArrow(event.key) && active?.matches("input, select")) return;
  const elements = namesOf(event).map(candidates).find((each) => each.length) ?? [];
  const element = nearest(elements, active);
  if (!element) return;
  event.preventDefault();
  press(element);
});

function candidates(name) {
  const root = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document;
  return [...root.querySelectorAll("[data-key]")].filter((element) =>
    element.dataset.key.split(" ").includes(name) && !element.disabled
    && element.getAttribute("aria-disabled") !== "true"
    && (element.labels?.[0] ?? element).checkVisibility());
}

function nearest(elements, active) {
  for (let scope = active?.closest("[data-keys]"); scope; scope = scope.parentElement?.closest("[data-keys]")) {
    const near = elements.find((element) => element.closest("[data-keys]") === scope);
    if (near) return near;
  }
  return elements.find((element) => element.closest("[data-keys][data-current]"))
    ?? elements.find((element) => !element.closest("[data-keys]"))
    ?? elements[0];
}

function press(element) {
  if (element.matches("input:not([type=radio], [type=checkbox]), textarea, select")) {
    element.focus();
    element.select?.();
    return;
  }
  if (element.matches("input")) element.focus();
  element.click();
  emit(element, KEY_PRESSED); // now: "toggle" may come after the next key
}

function isArrow(key) {
  return key.startsWith("Arrow");
}

function singleKeysOff(key) {
  return key.length === 1 && key !== "?" && localStorage.getItem("single-keys") === "off";
}

// Screen readers hear the keys as well.
onContent(() => {
  for (const element of document.querySelectorAll("[data-key]:not([aria-keyshortcuts])")) {
    element.setAttribute("aria-keyshortcuts", element.dataset.key.replaceAll("Ctrl+", "Control+"));
  }
});
