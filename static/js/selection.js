// Picking rows: [data-select-all] picks every [data-select] of the same [data-selection], shift-click a range.
// [data-selected-count] says how many; the [data-selection] and its .selectbar carry data-any when there are some.
import { onContent } from "./html.js";

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("[data-select]")) return;
  const list = box.closest("[data-selection]");
  const boxes = [...list.querySelectorAll("[data-select]")];
  const last = boxes.findIndex((each) => "last" in each.dataset);
  const here = boxes.indexOf(box);
  if (event.shiftKey && last >= 0) {
    for (const each of boxes.slice(Math.min(last, here), Math.max(last, here) + 1)) each.checked = box.checked;
  }
  for (const each of boxes) each.toggleAttribute("data-last", each === box);
});

document.addEventListener("change", (event) => {
  const list = event.target.closest?.("[data-selection]");
  if (!list) return;
  if (event.target.matches("[data-select-all]")) {
    for (const each of list.querySelectorAll("[data-select]")) each.checked = event.target.checked;
  }
  if (event.target.matches("[data-select], [data-select-all]")) count(list);
});

function count(list) {
  const boxes = [...list.querySelectorAll("[data-select]")];
  const picked = boxes.filter((box) => box.checked).length;
  for (const all of list.querySelectorAll("[data-select-all]")) {
    all.checked = picked > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
  }
  for (const place of list.querySelectorAll("[data-selected-count]")) place.textContent = picked;
  for (const bar of list.querySelectorAll(".selectbar")) bar.toggleAttribute("data-any", picked > 0);
}

const countAll = () => document.querySelectorAll("[data-selection]").forEach(count);
onContent(countAll);
window.addEventListener("pageshow", countAll); // the browser brings ticked boxes back
