// "?" lists every key of the page as it is now. Names come from data-key-label, aria-label or the text.
import { make } from "./html.js";
import { focused, isTyping } from "./inputs.js";


const WORDS = {
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
  Escape: "Esc", " ": "Space", Backspace: "⌫", Enter: "↵",
};

document.addEventListener("keydown", (event) => {
  const active = focused();
  if (!/^[?？؟]$/.test(event.key) || event.defaultPrevented || event.isComposing) return;
  if (isTyping(active) && !active.matches("input[data-step]")) return; // in a text it is a character, in a number none
  event.preventDefault();
  show();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-keys-help]")) show();
});

function show() {
  if (document.querySelector("dialog:modal")) return;
  const title = make("h2", { id: "keys-title", textContent: "Keyboard shortcuts" });
  const dialog = make("dialog", { className: "keys-help" }, title, ...groups(), singleKeys());
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(closeRow(dialog));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.scrollTop = 0; // its button has the focus, the list is what one came for
}

function groups() {
  const lists = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!(element.labels?.[0] ?? element).checkVisibility()) continue;
    const name = element.closest("[data-keys]")?.dataset.keys || "This page";
    if (!lists.has(name)) lists.set(name, make("dl", { className: "keys-list" }));
    const keys = element.dataset.key.split(" ").map((key) => make("kbd", { textContent: written(key) }));
    lists.get(name).append(make("dt", { textContent: labelOf(element) }), make("dd", {}, ...keys));
  }
  if (!lists.size) return [make("p", { className: "muted", textContent: "This page has none of its own." })];
  const first = [...lists].sort(([one], [other]) => (other === "This page") - (one === "This page"));
  return first.flatMap(([name, list]) => [make("h3", { textContent: name }), list]);
}

function labelOf(element) {
  const given = element.dataset.keyLabel ?? element.getAttribute("aria-label");
  if (given) return given;
  const copy = (element.labels?.[0] ?? element).cloneNode(true);
  for (const hint of copy.querySelectorAll("kbd, svg")) hint.remove();
  return copy.textContent.trim().replace(/\s+/g, " ");
}

function written(key) {
  return key.split(/(?<=.)\+/).map((part) => WORDS[part] ?? part).join("+");
}

function singleKeys() {
  const box = make("input", { type: "checkbox", checked: localStorage.getItem("single-keys") !== "off" });
  box.addEventListener("change", () => localStorage.setItem("single-keys", box.checked ? "on" : "off"));
  const textContent = "Single keys work too (switch off when you speak to your computer)";
  return make("label", { className: "check" }, box, make("span", { textContent }));
}

function closeRow(dialog) {
  const button = make("button", { type: "button", className: "btn", autofocus: true, textContent: "Close" });
  button.addEventListener("click", () => dialog.close());
  return make("div", { className: "dialog-actions" }, button);
}
