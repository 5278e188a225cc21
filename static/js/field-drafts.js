// Every change of a [data-field] in a [data-answer] form becomes a draft (drafts.js) before it is sent
// (autosave.js). Drafts that an earlier page left behind are put back into the form and sent again.
import { saveDraft } from "./autosave.js";
import { draftKey, draftsOf, hasUnstoredDraft, uuid } from "./drafts.js";
import { SAMPLE_SHOWN } from "./events.js";
import { bodyOf, controls, isToggle } from "./field-body.js";

document.addEventListener("input", keepChange);
document.addEventListener("change", keepChange);
document.addEventListener(SAMPLE_SHOWN, restore);
window.addEventListener("beforeunload", (event) => {
  if (hasUnstoredDraft()) event.preventDefault(); // all else comes back with the page
});
restore();

function keepChange({ target }) {
  const field = target.closest?.("[data-answer] [data-field]");
  if (!field || target.type === "hidden" || target.closest("fieldset:disabled")) return;
  const body = bodyOf(field);
  if (field.dataset.body === body) return; // "input" and "change" report the same
  const { user, sample, saveUrl } = field.closest("[data-sample]").dataset;
  saveDraft(field, draftKey({ user, sample, variable: field.dataset.field }), {
    url: saveUrl, body, operation: uuid(), after: field.dataset.sent ?? "",
    rev: Number(field.dataset.rev), at: Date.now(),
  });
}

function restore() {
  const work = document.getElementById("work");
  if (!work?.querySelector("[data-answer]") || !("open" in work.dataset)) return;
  for (const { key, variable, draft } of draftsOf(work.dataset)) {
    const field = work.querySelector(`[data-field="${variable}"]`);
    if (!field) continue;
    // Rows that this form does not have: the server renders the field once it has the value.
    draft.url = work.dataset.saveUrl; // an earlier version may have left it with another
    draft.draw = putBack(field, draft) ? "" : "1";
    saveDraft(field, key, draft); // whether somebody was newer, the server knows: it then shows both
  }
}

// Whether every value found its control.
function putBack(field, draft) {
  const given = new URLSearchParams(draft.body);
  for (const control of controls(field)) {
    if (isToggle(control)) control.checked = given.getAll(control.name).includes(control.value);
    else control.value = given.get(control.name) ?? "";
  }
  const names = new Set(controls(field).map((control) => control.name));
  return [...given.keys()].every((name) => names.has(name));
}
