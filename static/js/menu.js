// <details data-menu> behaves like a menu: one open at a time, a click elsewhere or Escape closes it.
// Escape gives the focus back to where it was when a key opened the menu, else to its button.
// <button data-dialog="id"> opens a <dialog>; a click on its backdrop closes it.
let from = null;

document.addEventListener("focusin", ({ target, relatedTarget }) => {
  const menu = target.closest?.("details[data-menu][open]");
  if (menu && target.localName !== "summary" && !menu.contains(relatedTarget)) from = relatedTarget ?? document.body;
});
document.addEventListener("toggle", ({ target }) => {
  if (target.matches?.("details[data-menu]:not([open])")) from = null;
}, true);

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (event.target.localName === "dialog" && !inside(event, event.target)) event.target.close();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest?.("details[data-menu][open]")
    ?? document.querySelector("details[data-menu][open]");
  if (!menu) return;
  const back = from?.isConnected ? from : menu.querySelector("summary");
  menu.open = false;
  if (back === document.body) document.activeElement.blur();
  else back.focus();
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

function inside(event, box) {
  const edge = box.getBoundingClientRect();
  return event.clientX >= edge.left && event.clientX <= edge.right
    && event.clientY >= edge.top && event.clientY <= edge.bottom;
}
