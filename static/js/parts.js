// The samples that this page has at hand: the one that is shown, those that come next (leased to this person, their
// pictures loaded), and the last twenty that were shown. Each is a part {sample, work, head} of elements, which keep
// what was typed in them.
import { SAMPLE_SHOWN, emit } from "./events.js";
import { parse, replaceElement } from "./html.js";

const KEPT = 20;
const coming = [];
const past = new Map(); // by sample, the latest last

export function partOf(html) {
  const parsed = parse(html);
  const [work, head] = ["work", "label-head"].map((id) => parsed.getElementById(id));
  head?.removeAttribute("hx-swap-oob");
  return work && { sample: work.dataset.sample, work, head };
}

export function shownPart() {
  const [work, head] = ["work", "label-head"].map((id) => document.getElementById(id));
  return { sample: work?.dataset.sample, work, head };
}

// The element of a sample, whether it is shown or only at hand.
export function workOf(sample) {
  const shown = shownPart();
  if (shown.sample === sample) return shown.work;
  return (coming.find((part) => part.sample === sample) ?? past.get(sample))?.work;
}

export function pastPart(sample) {
  return past.get(sample);
}

export function samplesAtHand() {
  return coming.map((part) => part.sample);
}

// Loads the pictures, so that they are there when the part is shown.
export function addComing(part, { isFirst = false } = {}) {
  if (!part || part.sample === shownPart().sample || samplesAtHand().includes(part.sample)) return;
  if (isFirst) coming.unshift(part);
  else coming.push(part);
  for (const picture of part.work.querySelectorAll(".pane img")) {
    const image = new Image();
    Object.assign(image, { sizes: picture.sizes, srcset: picture.srcset, src: picture.src });
    image.decode?.().catch(() => {}); // a picture that can't be shown has its placeholder
  }
}

// Takes the next one away, or the one of this sample.
export function takeComing(sample = coming[0]?.sample) {
  const at = coming.findIndex((part) => part.sample === sample);
  return at < 0 ? undefined : coming.splice(at, 1)[0];
}

export function forgetComing() {
  coming.length = 0;
}

// Puts the part in place of the shown one, which is kept. `isCertain` false: the server will send it anew, so
// nothing can be typed until then.
export function showPart(part, { isCertain = true } = {}) {
  const before = shownPart();
  if (before.sample !== part.sample) keep(before);
  past.delete(part.sample);
  part.work.inert = !isCertain;
  replaceElement(before.work, part.work);
  if (part.head) replaceElement(before.head, part.head);
  document.title = part.work.dataset.title;
  if (isCertain) emit(part.work, SAMPLE_SHOWN);
}

function keep(part) {
  past.delete(part.sample);
  past.set(part.sample, part);
  if (past.size > KEPT) past.delete(past.keys().next().value);
}
