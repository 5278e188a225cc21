// <span data-counter="ID"> says how long the text of the field with that id is, and how long it may be.
document.addEventListener("input", (event) => {
  if (event.target.id) update(event.target);
});

function update(field) {
  const counter = document.querySelector(`[data-counter="${CSS.escape(field.id)}"]`);
  if (!counter) return;
  const length = [...field.value].length; // characters, as the server counts them
  const most = Number(field.dataset.maxLength) || field.maxLength; // maxlength counts UTF-16 units
  counter.textContent = most > 0 ? `${length} / ${most}` : String(length);
}

function updateAll() {
  for (const counter of document.querySelectorAll("[data-counter]")) {
    const field = document.getElementById(counter.dataset.counter);
    if (field) update(field);
  }
}

document.addEventListener("htmx:load", updateAll);
updateAll();
