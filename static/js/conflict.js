// A field that was changed elsewhere meanwhile: both values side by side, and a choice.
import { make } from "./html.js";

export function showConflict(field, { mine, theirs, keepMine, takeTheirs }) {
  const box = field.querySelector("[data-conflict]");
  if (!box) return;
  const both = make("dl", {}, ...pair("Theirs", theirs), ...pair("Yours", mine));
  const keep = button("Keep mine", () => {
    box.hidden = true;
    keepMine();
  });
  const row = make("div", { className: "row" }, keep, button("Take theirs", takeTheirs));
  box.replaceChildren(make("p", { textContent: "This field was saved elsewhere meanwhile." }), both, row);
  box.hidden = false;
}

export function hideConflict(field) {
  const box = field?.querySelector("[data-conflict]");
  if (box) box.hidden = true;
}

function pair(name, value) {
  return [make("dt", { textContent: name }), make("dd", { textContent: value })];
}

function button(words, action) {
  return make("button", { type: "button", className: "btn small", textContent: words, onclick: action });
}
