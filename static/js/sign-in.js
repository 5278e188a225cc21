// When the session has ended, asks for the password over the page ("session:ended"); then gives every form
// the new CSRF token and tells "session:back". What one person typed is never sent as another.
document.addEventListener("session:ended", (event) => {
  const dialog = document.getElementById("sign-in");
  if (!dialog) return;
  event.preventDefault();
  if ("signedOut" in document.documentElement.dataset) return;
  document.documentElement.dataset.signedOut = "";
  ask(dialog);
});

// Perhaps another tab has signed in already, and only the token is old.
async function ask(dialog) {
  const state = await call(dialog.dataset.url).catch(() => null);
  if (state?.signed_in && state.username === user()) return goOn(dialog, state);
  if (state?.csrf_token) renew(state.csrf_token);
  if (state?.signed_in) say(dialog, `${state.username} is signed in now. Sign in as ${user()} to save what you typed.`);
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("submit", async (event) => {
  const dialog = event.target.closest("#sign-in");
  if (!dialog) return;
  event.preventDefault();
  say(dialog, "");
  try {
    const state = await call(dialog.dataset.url, new URLSearchParams(new FormData(event.target)));
    if (state.signed_in && state.username === user()) return goOn(dialog, state);
    if (state.csrf_token) renew(state.csrf_token);
    say(dialog, state.detail ?? "That did not work. Try again.");
  } catch {
    say(dialog, "The server can't be reached right now. Try again.");
  }
});

document.addEventListener("cancel", (event) => {
  if (event.target.id === "sign-in") event.preventDefault(); // nothing is saved until then
}, true);

async function call(url, body) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const response = await fetch(url, { method: body ? "POST" : "GET", body, headers: { "X-CSRFToken": token, Accept: "application/json" } });
  return response.json();
}

function goOn(dialog, state) {
  renew(state.csrf_token);
  dialog.querySelector("[type=password]").value = "";
  dialog.close();
  delete document.documentElement.dataset.signedOut;
  window.dispatchEvent(new CustomEvent("session:back"));
}

function renew(token) {
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const input of document.querySelectorAll('[name="csrfmiddlewaretoken"]')) input.value = token;
}

function say(dialog, text) {
  const error = dialog.querySelector("[role=alert]");
  error.textContent = text;
  error.hidden = !text;
}

function user() {
  return document.getElementById("work").dataset.user;
}
