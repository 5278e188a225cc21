// Holds the open sample for its reader, from the moment it is shown and once a minute; says who else has it.
import { SAMPLE_SHOWN } from "./events.js";
import { showFlash } from "./flash.js";
import { postJson } from "./http.js";
import { isSignedOut } from "./sign-in.js";

const RENEW_MS = 60000;

document.addEventListener(SAMPLE_SHOWN, () => renew());
document.addEventListener("visibilitychange", () => document.hidden || renew());
document.addEventListener("click", ({ target }) => target.closest?.("[data-take-over]") && renew({ take_over: "1" }));
setInterval(() => document.hidden || renew(), RENEW_MS);
renew();

async function renew(choices = {}) {
  const work = document.querySelector("[data-hold-url]");
  if (!work || isSignedOut()) return;
  // Without a connection the next minute is soon enough.
  const { status, held, by, detail } = await postJson(work.dataset.holdUrl, new URLSearchParams(choices));
  if (status === 409) showFlash(detail, "warning");
  if (status !== 200 || held === undefined) return;
  const notice = work.querySelector("[data-held-notice]");
  notice.hidden = held;
  if (!held) notice.querySelector("[data-held-by]").textContent = by || "Somebody else";
}
