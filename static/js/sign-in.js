// When the session has ended, asks for the password over the page, where the page has the dialog; then gives
// every form the new CSRF token and emits "session:restored". What one person typed is never sent as another.
import { SESSION_RESTORED, emit } from "./events.js";
import { showFlash } from "./flash.js";
import { getJson, postJson, renewCsrfToken } from "./http.js";

export function isSignedOut() {
  return "signedOut" in document.documentElement.dataset;
}

export async function askToSignIn() {
  const dialog = document.getElementById("sign-in");
  if (!dialog) return showFlash("You were signed out. Sign in again to go on.");
  if (isSignedOut()) return undefined;
  document.documentElement.dataset.signedOut = "";
  // Perhaps another tab has signed in already, and only the token is old.
  const state = await getJson(dialog.dataset.url);
  if (isOurs(state)) return close(dialog, state);
  if (state.csrf_token) renewCsrfToken(state.csrf_token);
  if (state.signed_in) {
    showError(dialog, `${state.username} is signed in now. Sign in as ${userName()} to save what you typed.`);
  }
  if (!dialog.open) dialog.showModal();
  return undefined;
}

document.addEventListener("submit", async (event) => {
  const dialog = event.target.closest("#sign-in");
  if (!dialog) return;
  event.preventDefault();
  showError(dialog, "");
  const state = await postJson(dialog.dataset.url, new URLSearchParams(new FormData(event.target)));
  if (isOurs(state)) close(dialog, state);
  else if (!state.status) showError(dialog, "The server can't be reached right now. Try again.");
  else {
    if (state.csrf_token) renewCsrfToken(state.csrf_token);
    showError(dialog, state.detail ?? "That did not work. Try again.");
  }
});

document.addEventListener("cancel", (event) => {
  if (event.target.id === "sign-in") event.preventDefault(); // nothing is saved until then
}, true);

function isOurs(state) {
  return state.signed_in && state.username === userName();
}

function close(dialog, state) {
  renewCsrfToken(state.csrf_token);
  dialog.querySelector("[type=password]").value = "";
  dialog.close();
  delete document.documentElement.dataset.signedOut;
  emit(document, SESSION_RESTORED);
}

function showError(dialog, text) {
  const error = dialog.querySelector("[role=alert]");
  error.textContent = text;
  error.hidden = !text;
}

function userName() {
  return document.getElementById("work").dataset.user;
}
