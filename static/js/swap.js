// Which responses htmx puts into the page: an invalid form (422) and a conflict (409) too. After a 401 one is
// asked to sign in, a failure is shown as a message.
import { showFlash } from "./flash.js";
import { askToSignIn } from "./sign-in.js";

const SHOWN = new Set([409, 422]);

document.documentElement.dataset.js = ""; // shows what needs JavaScript
document.addEventListener("htmx:beforeSwap", (event) => {
  const { status } = event.detail.xhr;
  if (SHOWN.has(status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  } else if (status === 401) askToSignIn();
  else if (status === 503 || status === 507) showFlash(event.detail.xhr.responseText);
  else if (status >= 500) showFlash("The server failed at this. It was written to its log. Try again.");
  else if (status >= 400) showFlash("The server refused this. Load the page again and retry.");
});

document.addEventListener("htmx:sendError", () => showFlash("The server can't be reached right now. Try again."));
document.addEventListener("htmx:timeout", () => showFlash("The server took too long to answer. Try again."));
