// How long the open sample took without idle time, and how many keys: sent along with its submit. It counts for
// itself how often somebody came back to it, since the parts of a page keep their elements (parts.js).
import { SAMPLE_SHOWN, SAMPLE_SUBMITTING } from "./events.js";

let [activeMs, keyPresses, last] = [0, 0, performance.now()];

for (const name of ["keydown", "pointerdown", "pointermove", "wheel"]) {
  window.addEventListener(name, count, { capture: true, passive: true });
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) count();
  else last = performance.now();
});
document.addEventListener(SAMPLE_SHOWN, ({ target }) => {
  activeMs = Number(target.dataset.activeMs ?? 0);
  keyPresses = Number(target.dataset.keyPresses ?? 0);
  last = performance.now();
});
document.addEventListener(SAMPLE_SUBMITTING, () => {
  count();
  const work = document.getElementById("work");
  Object.assign(work.dataset, { activeMs, keyPresses });
  for (const [name, number] of [["active_ms", activeMs], ["key_presses", keyPresses]]) {
    const input = work.querySelector(`[data-answer] [name="${name}"]`);
    if (input) input.value = Math.round(number);
  }
});

function count(event) {
  const now = performance.now();
  // A longer pause counts as this much: to look at a picture takes no key.
  activeMs += Math.min(now - last, 1000 * (document.getElementById("work")?.dataset.idleSeconds ?? 0));
  last = now;
  if (event?.type === "keydown" && !event.repeat && !isModifier(event.key)) keyPresses += 1;
}

function isModifier(key) {
  return ["Control", "Shift", "Alt", "Meta", "AltGraph"].includes(key);
}
