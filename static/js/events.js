// Every event of our own, listed here alone. All bubble; each module that emits or hears one names it from here.
export const SAMPLE_SUBMITTING = "sample:submitting"; // a form is about to be sent; detail.waits: promises to wait for,
// detail.submits: the sample whose whole form it is
export const SAMPLE_SUBMIT_END = "sample:submit-end"; // its response was handled, or there was none
export const SAMPLE_SHOWN = "sample:shown"; // another sample is in the page
export const FIELDS_REFUSED = "fields:refused"; // the server rendered the fields again, with what is wrong in them
export const FIELDS_RENDERED = "fields:rendered"; // one field was rendered again
export const SESSION_RESTORED = "session:restored"; // somebody signed in again, in place
export const FILES_CHOSEN = "files:chosen"; // detail.files: [{file, path}]; preventing it keeps the input empty
export const KEY_PRESSED = "key:pressed"; // a key pressed this element (keys.js); before any "toggle"

// Whether nobody prevented it.
export function emit(target, name, detail = {}) {
  return target.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
}
