// Looking at images: wheel zooms about the cursor, drag moves, pinch does both, double click zooms in or fits.
// A pane keeps its place in data-zoom, -x, -y, -turn; others change those and call render.
// With data-sync on the viewer all shown panes move in step.
const MAX_ZOOM = 16;

document.addEventListener("wheel", (event) => {
  const pane = event.target.closest?.("[data-ready] [data-pane]");
  if (!pane) return;
  event.preventDefault();
  zoomAt(pane, place(event, pane), Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)));
}, { passive: false });

document.addEventListener("dblclick", (event) => {
  const pane = event.target.closest?.("[data-ready] [data-pane]");
  if (pane) zoomAt(pane, place(event, pane), number(pane, "zoom", 1) > 1.01 ? 1 / MAX_ZOOM : 3);
});

export function zoomBy(pane, factor) {
  zoomAt(pane, [pane.clientWidth / 2, pane.clientHeight / 2], factor);
}

const fingers = new Map(); // what is held down right now, by pointer id
document.addEventListener("pointerdown", (event) => {
  const pane = event.target.closest?.("[data-ready] [data-pane]");
  if (!pane || event.button) return;
  pane.setPointerCapture(event.pointerId);
  pane.dataset.dragging = "";
  fingers.set(event.pointerId, place(event, pane));
});

document.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  const pane = event.target.closest?.("[data-pane]");
  if (!before || !pane) return;
  const now = place(event, pane);
  const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
  fingers.set(event.pointerId, now);
  if (other) {
    const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
    zoomAt(pane, other, apart(now) / (apart(before) || 1));
  } else {
    const [x, y] = [number(pane, "x", 0) + now[0] - before[0], number(pane, "y", 0) + now[1] - before[1]];
    move(pane, x, y, number(pane, "zoom", 1));
  }
});

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, (event) => {
    fingers.delete(event.pointerId);
    event.target.closest?.("[data-pane]")?.removeAttribute("data-dragging");
  });
}

function place(event, pane) {
  const edge = pane.getBoundingClientRect();
  return [event.clientX - edge.left, event.clientY - edge.top];
}

function zoomAt(pane, [px, py], factor) {
  const zoom = number(pane, "zoom", 1);
  const next = Math.min(MAX_ZOOM, Math.max(1, zoom * factor));
  const keep = (at, offset) => at - (at - offset) * (next / zoom); // the point under the cursor stays there
  move(pane, keep(px, number(pane, "x", 0)), keep(py, number(pane, "y", 0)), next);
}

function move(pane, x, y, zoom) {
  const viewer = pane.closest("[data-viewer]");
  const all = "sync" in viewer.dataset ? viewer.querySelectorAll("[data-pane][data-shown]") : [pane];
  for (const each of all) {
    // No further than the edge of the pane: an image can't be lost.
    each.dataset.x = Math.min(0, Math.max(each.clientWidth * (1 - zoom), x));
    each.dataset.y = Math.min(0, Math.max(each.clientHeight * (1 - zoom), y));
    each.dataset.zoom = zoom;
    render(each);
  }
}

export function render(pane) {
  const [zoom, turn] = [number(pane, "zoom", 1), number(pane, "turn", 0)];
  const image = pane.querySelector("img");
  if (zoom > 1.2 && image.dataset.full) {
    image.removeAttribute("srcset");
    image.src = image.dataset.full; // the preview was enough until now
    delete image.dataset.full;
  }
  pane.toggleAttribute("data-zoom-in", zoom > 6);
  const place = `translate(${number(pane, "x", 0)}px, ${number(pane, "y", 0)}px)`;
  pane.querySelector(".stage").style.transform = `${place} scale(${zoom})`;
  pane.querySelector(".turn").style.transform = turn ? `rotate(${turn}deg) scale(${fitTurned(pane, image, turn)})` : "";
  image.style.filter = pane.dataset.brightness ? `brightness(${pane.dataset.brightness})` : "";
}

function fitTurned(pane, image, turn) {
  if (turn % 180 === 0) return 1;
  const [w, h] = [image.naturalWidth || 1, image.naturalHeight || 1];
  const fit = (across, down) => Math.min(pane.clientWidth / across, pane.clientHeight / down);
  return fit(h, w) / fit(w, h);
}

const number = (pane, name, otherwise) => Number(pane.dataset[name] ?? otherwise);
