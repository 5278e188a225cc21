// "?" lists every key of the page as it is now. Names come from data-key-label, aria-label or the text.
const WORDS = {
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space", Backspace: "⌫", Enter: "↵",
};

document.addEventListener("keydown", (event) => {
  const typing = document.activeElement?.matches("input:not([type=radio], [type=checkbox]), textarea, select");
  if (event.key === "?" && !typing && !event.defaultPrevented) show();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-keys-help]")) show();
});

function show() {
  if (document.querySelector("dialog:modal")) return;
  const dialog = make("dialog", "keys-help");
  const title = make("h2", "", "Keyboard shortcuts");
  title.id = "keys-title";
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(title, ...groups(), singleKeys(), closeRow(dialog));
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
    if (!lists.has(name)) lists.set(name, make("dl", "keys-list"));
    const keys = make("dd");
    for (const key of element.dataset.key.split(" ")) keys.append(make("kbd", "", written(key)));
    lists.get(name).append(make("dt", "", labelOf(element)), keys);
  }
  if (!lists.size) return [make("p", "muted", "This page has none of its own.")];
  const first = [...lists].sort(([one], [other]) => (other === "This page") - (one === "This page"));
  return first.flatMap(([name, list]) => [make("h3", "", name), list]);
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
  const label = make("label", "check");
  const box = make("input");
  box.type = "checkbox";
  box.checked = localStorage.getItem("single-keys") !== "off";
  box.addEventListener("change", () => localStorage.setItem("single-keys", box.checked ? "on" : "off"));
  label.append(box, make("span", "", "Single keys work too (switch off when you speak to your computer)"));
  return label;
}

function closeRow(dialog) {
  const row = make("div", "dialog-actions");
  const button = make("button", "btn", "Close");
  button.type = "button";
  button.autofocus = true;
  button.addEventListener("click", () => dialog.close());
  row.append(button);
  return row;
}

function make(tag, css = "", text = "") {
  const element = document.createElement(tag);
  if (css) element.className = css;
  element.textContent = text;
  return element;
}
