// Which answers htmx puts into the page: an invalid form (422) and a conflict (409) are answers too.
// 401 is told as "session:ended" on the element that asked, a failure as "flash:show".
const SHOWN = new Set([409, 422]);

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, elt } = event.detail;
  if (SHOWN.has(xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  } else if (xhr.status === 401) {
    const ended = new CustomEvent("session:ended", { bubbles: true, cancelable: true });
    // Whoever can sign in again in place (the labeling page) prevents the default.
    if (elt.dispatchEvent(ended)) say("You were signed out. Sign in again to go on.");
  } else if (xhr.status >= 400) {
    say(xhr.status >= 500 ? "The server failed at this. It was written to its log." : "The server refused this.");
  }
});

document.addEventListener("htmx:sendError", () => say("The server can't be reached right now."));
document.addEventListener("htmx:timeout", () => say("The server took too long to answer."));

function say(text) {
  document.dispatchEvent(new CustomEvent("flash:show", { detail: { text, level: "error" } }));
}
