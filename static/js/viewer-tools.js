// The viewer's buttons and thumbnails. A button says what it does: data-view="in|out|fit|turn|next|previous|
// compare|boxes|reset"; the slider is data-view="brightness". Marks the viewer data-ready, so that one image
// is shown at a time; without this module all images stand side by side and scroll.
import { onContent } from "./html.js";
import { render, zoomBy } from "./viewer.js";


const DOES = {
  in: (viewer) => each(viewer, (pane) => zoomBy(pane, 1.5)),
  out: (viewer) => each(viewer, (pane) => zoomBy(pane, 1 / 1.5)),
  fit: (viewer) => each(viewer, (pane) => change(pane, { zoom: 1, x: 0, y: 0 })),
  turn: (viewer) => each(viewer, (pane) => {
    change(pane, { turn: (Number(pane.dataset.turn ?? 0) + 90) % 360, zoom: 1, x: 0, y: 0 });
  }),
  next: (viewer) => step(viewer, 1),
  previous: (viewer) => step(viewer, -1),
  compare: (viewer) => {
    viewer.toggleAttribute("data-sync");
    show(viewer, current(viewer));
  },
  boxes: (viewer) => viewer.toggleAttribute("data-boxes"),
  reset: (viewer) => {
    for (const slider of viewer.querySelectorAll("[data-view=brightness]")) slider.value = 1;
    for (const pane of panes(viewer)) change(pane, { zoom: 1, x: 0, y: 0, turn: 0, brightness: "" });
  },
};

document.addEventListener("click", (event) => {
  const thumb = event.target.closest?.("[data-thumb]");
  const button = event.target.closest?.("button[data-view]");
  const viewer = (thumb ?? button)?.closest("[data-viewer]");
  if (!viewer) return;
  event.preventDefault();
  if (thumb) show(viewer, [...viewer.querySelectorAll("[data-thumb]")].indexOf(thumb));
  else DOES[button.dataset.view]?.(viewer);
  for (const toggle of viewer.querySelectorAll("[data-view][aria-pressed]")) {
    const mark = toggle.dataset.view === "compare" ? "sync" : toggle.dataset.view;
    toggle.setAttribute("aria-pressed", String(mark in viewer.dataset));
  }
});

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-view=brightness]")) return;
  for (const pane of panes(event.target.closest("[data-viewer]"))) change(pane, { brightness: event.target.value });
});

function panes(viewer) {
  return [...viewer.querySelectorAll("[data-pane]")];
}

function current(viewer) {
  return Math.max(0, panes(viewer).findIndex((pane) => "current" in pane.dataset));
}

// In step, one zoom moves all of them: changing one is enough.
function each(viewer, action) {
  const shown = panes(viewer).filter((pane) => "shown" in pane.dataset);
  for (const pane of "sync" in viewer.dataset ? shown.slice(0, 1) : shown) action(pane);
  if ("sync" in viewer.dataset) for (const pane of shown.slice(1)) change(pane, shown[0].dataset);
}

function change(pane, { zoom, x, y, turn, brightness }) {
  for (const [name, value] of Object.entries({ zoom, x, y, turn, brightness })) {
    if (value !== undefined) pane.dataset[name] = value;
  }
  render(pane);
}

function step(viewer, by) {
  const count = panes(viewer).length;
  show(viewer, (current(viewer) + by + count) % count);
}

// One image, or in comparison the chosen one and its neighbour.
function show(viewer, index) {
  const all = panes(viewer);
  const first = Math.min(index, "sync" in viewer.dataset ? Math.max(0, all.length - 2) : index);
  const last = "sync" in viewer.dataset ? first + 1 : first;
  all.forEach((pane, at) => {
    pane.toggleAttribute("data-shown", at >= first && at <= last);
    pane.toggleAttribute("data-current", at === index);
    change(pane, { zoom: 1, x: 0, y: 0 });
  });
  viewer.querySelectorAll("[data-thumb]").forEach((thumb, at) => {
    if (at === index) thumb.setAttribute("aria-current", "true");
    else thumb.removeAttribute("aria-current");
  });
}

onContent(() => {
  for (const viewer of document.querySelectorAll("[data-viewer]:not([data-ready])")) {
    viewer.dataset.ready = "";
    show(viewer, 0);
  }
});
