// Keys pressed between a submit ("sample:submitting") and the next sample ("sample:shown") are meant for the next one:
// they wait, and are typed there, in order. Where none is shown, because a field was refused or the connection is gone,
// they are dropped: nobody meant them for this sample. An Enter that comes first is a key pressed twice, and submits
// nothing that nobody has seen; also where the next sample is shown before the response ("sample:submit-end").
import { SAMPLE_SHOWN, SAMPLE_SUBMITTING, SAMPLE_SUBMIT_END } from "./events.js";
import { TEXT, focused } from "./inputs.js";

const DOUBLE_PRESS_MS = 500;
const REACHED = "a[href], button, input:not([type=hidden]), select, summary, textarea";
let keys = []; // those that wait
let isOnItsWay = false;
let isShown = true; // the sample that the keys are meant for
let isTyping = false; // the waiting keys are being typed: what comes meanwhile queues behind them
let pressedAt = 0; // when the last form was submitted; 0 once another key was pressed

window.addEventListener("keydown", (event) => {
  if (!event.isTrusted || event.isComposing || !isOnItsWay && !isTyping || !isMeant(event)) return;
  const isWaiting = !isShown || isTyping;
  const isTwice = event.key === "Enter" && isOnItsWay && pressedAt
    && (isWaiting ? !keys.length : Date.now() - pressedAt < DOUBLE_PRESS_MS);
  if (!isWaiting && !isTwice) {
    pressedAt = 0;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.repeat || isTwice) return;
  pressedAt = 0;
  const { key, code, altKey, ctrlKey, metaKey, shiftKey } = event;
  keys.push({ key, code, altKey, ctrlKey, metaKey, shiftKey });
}, true);

document.addEventListener(SAMPLE_SUBMITTING, () => {
  isOnItsWay = true;
  isShown = false;
  pressedAt = Date.now();
});
document.addEventListener(SAMPLE_SHOWN, () => {
  isShown = true;
  setTimeout(typeThem); // the other modules hear of it first
});
document.addEventListener(SAMPLE_SUBMIT_END, () => {
  isOnItsWay = false;
  if (!isShown) keys = [];
  isShown = true;
  typeThem();
});

// The browser's own shortcuts stay its own.
function isMeant({ key, altKey, ctrlKey, metaKey }) {
  if ((ctrlKey || metaKey) && key !== "Enter") return false;
  return key.length === 1 || !altKey && /^(Enter|Tab|Backspace|Delete|Arrow.*)$/.test(key);
}

async function typeThem() {
  if (isTyping) return;
  isTyping = true;
  while (keys.length && isShown) {
    type(keys.shift());
    await new Promise((go) => setTimeout(go)); // what the key opened may take the focus
  }
  isTyping = false;
}

// The modules hear the key first; what they leave, the browser would have done.
function type(pressed) {
  const active = focused();
  const isLeft = active.dispatchEvent(new KeyboardEvent("keydown", { ...pressed, bubbles: true, cancelable: true }));
  if (!isLeft || pressed.altKey) return;
  const { key } = pressed;
  if (key === "Tab") move(active, pressed.shiftKey ? -1 : 1);
  else if (active.matches(TEXT)) write(active, key);
  else if (key === " " || key === "Enter" && active.matches("a[href], button, summary")) active.click();
}

function write(input, key) {
  if (key === "Enter" && !input.matches("textarea")) submitOf(input)?.click();
  else if (key === "Enter") document.execCommand("insertLineBreak");
  else if (key === "Backspace") document.execCommand("delete");
  else if (key === "Delete") document.execCommand("forwardDelete");
  else if (key.length === 1) document.execCommand("insertText", false, key);
}

function submitOf(input) {
  return [...input.form?.elements ?? []].find((each) => each.type === "submit" && !each.disabled);
}

// As Tab does: a group of radios is one stop, the ticked one or the first.
function move(active, by) {
  const stops = [...document.querySelectorAll(REACHED)].filter(isStop);
  const next = stops[stops.findIndex((each) => each === active || isOneGroup(each, active)) + by];
  next?.focus();
  if (next?.matches("input")) next.select?.();
}

function isStop(each, _index, all) {
  if (each.tabIndex < 0 || each.disabled || !each.checkVisibility() || each.closest("fieldset:disabled")) return false;
  if (each.type !== "radio") return true;
  const group = all.filter((other) => isOneGroup(other, each));
  return each === (group.find((other) => other.checked) ?? group[0]);
}

function isOneGroup(one, other) {
  return one.type === "radio" && other.type === "radio" && one.name === other.name && one.form === other.form;
}
