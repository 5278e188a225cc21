// <span data-counter="ID"> says how long the text of the field with that id is, and how long it may be.
import { onContent } from "./html.js";

document.addEventListener("input", (event) => {
  if (event.target.id) update(event.target);
});

function update(field) {
  const counter = document.querySelector(`[data-counter="${CSS.escape(field.id)}"]`);
  if (!counter) return;
  const length = [...field.value].length; // characters, as the server counts them
  const limit = Number(field.dataset.maxLength) || field.maxLength; // maxlength counts UTF-16 units
  counter.textContent = limit > 0 ? `${length} / ${limit}` : String(length);
}

onContent(() => {
  for (const counter of document.querySelectorAll("[data-counter]")) {
    const field = document.getElementById(counter.dataset.counter);
    if (field) update(field);
  }
});
