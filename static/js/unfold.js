// A choice that has a part of the form for each of its values: data-unfolds="PREFIX". The part with the id PREFIX and
// the chosen value is open, the others are closed.
document.addEventListener("change", ({ target }) => {
  const prefix = target.dataset?.unfolds;
  if (!prefix) return;
  for (const { value } of target.options) {
    const part = document.getElementById(prefix + value);
    if (part) part.open = value === target.value;
  }
});
