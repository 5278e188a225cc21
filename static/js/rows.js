// <table data-rows="NAME"> keeps one blank row below the last one that is written in, up to data-max-rows.
// Inputs are named NAME.<row>.<field>.
document.addEventListener("input", (event) => {
  const table = event.target.closest("table[data-rows]");
  const row = event.target.closest("tr");
  if (!table || !row || row !== row.parentElement.lastElementChild) return;
  const limit = Number(table.dataset.maxRows) || Infinity;
  if (row.parentElement.children.length < limit) row.after(blankCopy(row, table.dataset.rows));
});

function blankCopy(row, name) {
  const copy = row.cloneNode(true);
  const number = Number(row.querySelector("[name]").name.slice(name.length + 1).split(".")[0]);
  for (const field of copy.querySelectorAll("[name]")) {
    field.name = field.name.replace(`${name}.${number}.`, `${name}.${number + 1}.`);
    field.id = field.id.replace(`${name}.${number}.`, `${name}.${number + 1}.`);
    const label = field.getAttribute("aria-label") ?? "";
    field.setAttribute("aria-label", label.replace(/\d+$/, String(number + 2)));
    if (field.matches("select")) field.selectedIndex = 0;
    else field.value = "";
  }
  return copy;
}
