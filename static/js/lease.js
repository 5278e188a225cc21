// Holds the open sample for its reader, and those at hand (parts.js): a save and a submit renew the leases, an idle
// page does once a minute. Says who else has the sample; releases those at hand when the page is left.
import { loadNext } from "./advance.js";
import { SAMPLE_SHOWN } from "./events.js";
import { showFlash } from "./flash.js";
import { csrfToken, postJson } from "./http.js";
import { forgetComing, samplesAtHand, workOf } from "./parts.js";
import { isSignedOut } from "./sign-in.js";

const RENEW_MS = 60000;
let renewedAt = 0;
let leasedUntil = 0; // ms since 1970, by the server's clock: the latest that this page knows of

document.addEventListener(SAMPLE_SHOWN, () => hold());
document.addEventListener("visibilitychange", () => document.hidden || renew());
document.addEventListener("click", ({ target }) => target.closest?.("[data-take-over]") && renew({ take_over: "1" }));
setInterval(() => document.hidden || Date.now() - renewedAt < RENEW_MS / 2 || renew(), RENEW_MS);
hold();

// What the server has just leased needs no request of its own.
function hold() {
  const work = document.querySelector("[data-hold-url]");
  if (work && !("held" in work.dataset)) renew();
}

async function renew(choices = {}) {
  const work = document.querySelector("[data-hold-url]");
  if (!work || isSignedOut()) return;
  const body = new URLSearchParams(choices);
  for (const sample of samplesAtHand()) body.append("ahead", sample);
  // Without a connection the next minute is soon enough.
  const { status, detail, ...lease } = await postJson(work.dataset.holdUrl, body);
  if (status === 409) showFlash(detail, "warning");
  if (status === 200) showHolder(work, lease);
}

// What a response says of the sample's lease.
export function showHolder(work, { held, by, until }) {
  if (held === undefined) return;
  leasedUntil = until;
  renewedAt = Date.now();
  const notice = work.querySelector("[data-held-notice]");
  notice.hidden = held;
  if (!held) notice.querySelector("[data-held-by]").textContent = by || "Somebody else";
}

window.addEventListener("pagehide", () => {
  const url = document.querySelector("[data-release-url]")?.dataset.releaseUrl;
  const body = new URLSearchParams(samplesAtHand().map((sample) => ["ahead", sample]));
  if (!url || !samplesAtHand().length) return;
  body.set("csrfmiddlewaretoken", csrfToken());
  // No later lease than this page knows of: the page that comes may have leased the same sample anew.
  body.set("until", Math.max(leasedUntil, ...samplesAtHand().map((sample) => workOf(sample).dataset.held ?? 0)));
  navigator.sendBeacon(url, body);
  forgetComing();
});
window.addEventListener("pageshow", ({ persisted }) => persisted && loadNext());
