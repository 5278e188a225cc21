// Holds the open sample for its reader, from the moment it is shown and once a minute; says who else has it.
const EVERY_MS = 60000;

document.addEventListener("sample:shown", () => hold());
document.addEventListener("visibilitychange", () => document.hidden || hold());
document.addEventListener("click", ({ target }) => target.closest?.("[data-take-over]") && hold({ take_over: "1" }));
setInterval(() => document.hidden || hold(), EVERY_MS);
hold();

async function hold(asked = {}) {
  const work = document.querySelector("[data-hold-url]");
  if (!work || "signedOut" in document.documentElement.dataset) return;
  const token = document.querySelector('meta[name="csrf-token"]').content;
  try {
    const response = await fetch(work.dataset.holdUrl, {
      method: "POST", body: new URLSearchParams(asked), headers: { "X-CSRFToken": token, Accept: "application/json" },
    });
    const said = await response.json();
    if (response.ok) show(work, said);
    else if (response.status === 409) tell(said.detail);
  } catch { /* no connection: the next minute is soon enough */ }
}

function show(work, { held, by }) {
  const notice = work.querySelector("[data-held-notice]");
  notice.hidden = held;
  if (!held) notice.querySelector("[data-held-by]").textContent = by || "Somebody else";
}

function tell(text) {
  document.dispatchEvent(new CustomEvent("flash:show", { detail: { text, level: "warning" } }));
}
