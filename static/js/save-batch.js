// One save: all drafts of one sample that wait, and, where the sample is open, its other fields too, so that the
// server can say what will be trained.
import { parseKey, readDraft } from "./drafts.js";
import { bodyOf } from "./field-body.js";
import { samplesAtHand } from "./parts.js";

// The open form of this sample, or of any.
export function openWork(sample) {
  const work = document.querySelector("#work[data-open]");
  return !work || sample && work.dataset.sample !== sample ? null : work;
}

// {sample, drafts: [{key, variable, draft}], url} of the first sample that waits, one draft of each field; they leave
// the queue. `isRenderingDue`: what is open, though nothing changed.
export function nextBatch(queued, { isRenderingDue }) {
  const waiting = [...queued].map((key) => ({ key, ...parseKey(key), draft: readDraft(key) }));
  for (const { key, draft } of waiting) if (!draft) queued.delete(key);
  const sample = waiting.find(({ draft }) => draft)?.sample ?? (isRenderingDue && openWork()?.dataset.sample);
  if (!sample) return null;
  const fields = new Set();
  const drafts = waiting.filter(({ draft, variable, ...each }) =>
    draft && each.sample === sample && !fields.has(variable) && fields.add(variable));
  for (const { key } of drafts) queued.delete(key);
  return { sample, drafts, url: openWork(sample)?.dataset.saveUrl ?? drafts[0].draft.url };
}

export function batchBody({ sample, drafts }) {
  const work = openWork(sample);
  const changed = new Set(drafts.map(({ variable }) => variable));
  const fields = [...work?.querySelectorAll("[data-answer] [data-field]") ?? []];
  const others = fields.filter((field) => !changed.has(field.dataset.field)).map(bodyOf);
  const body = new URLSearchParams([...drafts.map(({ draft }) => draft.body), ...others].filter(Boolean).join("&"));
  for (const { variable, draft } of drafts) {
    body.set(`operation-${variable}`, draft.operation);
    body.set(`rev-${variable}`, draft.rev);
    for (const before of draft.after.split(" ").filter(Boolean)) body.append(`after-${variable}`, before);
    if (draft.draw) body.set(`draw-${variable}`, draft.draw);
  }
  if (work) body.set("whole", "1");
  for (const each of work ? samplesAtHand() : []) body.append("ahead", each);
  return body;
}
