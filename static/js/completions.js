// Completes a text with what was written in its field before: the address is the [data-completions] of a [data-field].
// Of a list it completes the line of the caret, of an object the member that the input's name ends with.
// Nothing is chosen by itself, so that Enter and Tab stay what they are; the arrows choose, Enter and Tab take what is
// chosen, Escape closes the list for as long as the field has the focus.
import { make } from "./html.js";
import { getJson } from "./http.js";
import { TEXT } from "./inputs.js";

const [LEAST, PAUSE_MS] = [2, 200]; // characters; after a key
const MOST = 5; // texts that the server gives: with fewer it knows no others
const list = make("ul", { id: "completions", className: "completions", role: "listbox", ariaLabel: "Written before" });
const status = make("p", { className: "sr-only", role: "status" });
let input = null; // the one whose completions are asked for
let isHidden = false; // by Escape
let known = null; // what the server said of the beginning of this text
let timer = 0;

document.addEventListener("input", ({ target, isTrusted }) => {
  const field = target.closest?.("[data-completions]");
  if (!isTrusted || !field || !target.matches(TEXT)) return;
  if (input !== target) begin(target);
  clearTimeout(timer);
  const typed = typedIn(target);
  if (typed.trimStart().length < LEAST || isHidden) close();
  else timer = setTimeout(() => ask(addressOf(field, target), target, typed), PAUSE_MS);
});
document.addEventListener("focusout", ({ target }) => {
  if (target === input) begin(null);
});
list.addEventListener("pointerdown", (event) => {
  event.preventDefault(); // the field keeps the focus
  const option = event.target.closest("[role=option]");
  if (option) take(option);
});
window.addEventListener("keydown", (event) => {
  if (event.target !== input || !list.isConnected || event.isComposing) return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const chosen = list.querySelector("[aria-selected=true]");
  if (event.key === "ArrowDown") choose(chosen ? chosen.nextElementSibling : list.firstElementChild);
  else if (event.key === "ArrowUp") choose(chosen ? chosen.previousElementSibling : list.lastElementChild);
  else if (chosen && ["Enter", "Tab"].includes(event.key)) take(chosen);
  else if (event.key === "Escape") {
    isHidden = true;
    close();
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

function begin(target) {
  clearTimeout(timer);
  close();
  [input, isHidden, known] = [target, false, null];
}

function addressOf(field, target) {
  const names = target.name.split(".").slice(1).filter((name) => !/^[0-9]+$/.test(name)); // without the row's number
  return `${field.dataset.completions}?part=${encodeURIComponent(names.join("."))}`;
}

// Where the text that is completed begins and ends.
function placeIn(target) {
  if (!target.matches(".lines")) return [0, target.value.length];
  const end = target.value.indexOf("\n", target.selectionStart);
  return [target.value.lastIndexOf("\n", target.selectionStart - 1) + 1, end < 0 ? target.value.length : end];
}

function typedIn(target) {
  return target.value.slice(...placeIn(target));
}

async function ask(url, target, typed) {
  const texts = narrowed(typed) ?? (await getJson(`${url}&q=${encodeURIComponent(typed)}`)).texts ?? [];
  known = { typed, texts };
  if (target !== input || typedIn(target) !== typed || isHidden) return; // typed on meanwhile
  if (texts.length) open(texts);
  else close();
}

// Typing on asks again only where the server may know more than it said.
function narrowed(typed) {
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  if (!known || known.texts.length >= MOST || !fold(typed).startsWith(fold(known.typed))) return null;
  return known.texts.filter((text) => text !== typed && fold(text).startsWith(fold(typed)));
}

function open(texts) {
  list.replaceChildren(...texts.map((text, number) =>
    make("li", { id: `completion-${number}`, role: "option", ariaSelected: "false", textContent: text })));
  input.after(list, status);
  const field = input.closest("[data-completions]"); // in a cell the offset would be the cell's
  list.style.top = `${input.getBoundingClientRect().bottom - field.getBoundingClientRect().top}px`;
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  status.textContent = texts.length === 1 ? "1 text written before" : `${texts.length} texts written before`;
  choose(null);
}

function close() {
  list.remove();
  status.remove();
  status.textContent = "";
  input?.removeAttribute("aria-activedescendant");
  input?.removeAttribute("aria-controls");
}

// Before the first and after the last is what was typed: nothing is chosen.
function choose(option) {
  for (const each of list.children) each.ariaSelected = String(each === option);
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function take(option) {
  input.setRangeText(option.textContent, ...placeIn(input), "end");
  close();
  input.dispatchEvent(new Event("input", { bubbles: true }));
}
