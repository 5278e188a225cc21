// Holds the open sample for its reader, and those at hand (parts.js): a save and a submit renew the leases, an idle
// page does once a minute. Says who else has the sample; releases those at hand when the page is left.
import { loadNext } from "./advance.js";
import { SAMPLE_SHOWN } from "./events.js";
import { showFlash } from "./flash.js";
import { csrfToken, postJson } from "./http.js";
import { forgetComing, samplesAtHand, workOf } from "./parts.js";
import { isSignedOut } from "./sign-in.js";

const RENEW_MS = 60000;
const ASKED_MS = 4000;
let renewedAt = 0;
let renewals = 0; // of two at once the later one counts: it may have asked for the sample
let leasedUntil = 0; // ms since 1970, by the server's clock: the latest that this page knows of

document.addEventListener(SAMPLE_SHOWN, () => hold());
document.addEventListener("visibilitychange", () => document.hidden || renew());
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-take-over]")) renew({ take_over: "1" });
  const answer = target.closest?.("[data-hand-over]");
  if (answer) handOver(answer);
});
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
  const number = ++renewals;
  const body = new URLSearchParams(choices);
  for (const sample of samplesAtHand()) body.append("ahead", sample);
  // Without a connection the next minute is soon enough.
  const { status, detail, ...lease } = await postJson(work.dataset.holdUrl, body);
  if (!work.isConnected || number !== renewals) return; // submitted meanwhile: another sample is shown
  if (status === 409) showFlash(detail, "warning");
  if (status === 200) showHolder(work, lease);
}

// What a response says of the sample's lease.
export function showHolder(work, { held, by, until, asked, wanted_by: wantedBy }) {
  if (held === undefined) return;
  leasedUntil = until;
  renewedAt = Date.now();
  const notice = work.querySelector("[data-held-notice]");
  notice.hidden = held;
  if (!held) notice.querySelector("[data-held-by]").textContent = by || "Somebody else";
  showAsked(work, notice, asked);
  const wanted = work.querySelector("[data-wanted-notice]");
  wanted.hidden = !wantedBy;
  if (wantedBy) wanted.querySelector("[data-wanted-by]").textContent = wantedBy;
}

// Whether we have asked the holder for the sample: asks often how it stands, and says how it ended.
function showAsked(work, notice, asked) {
  const was = "asked" in work.dataset;
  work.toggleAttribute("data-asked", Boolean(asked));
  if (asked) {
    notice.querySelector("[data-held-text]").textContent = "You have asked them for it: they say yes or no.";
    setTimeout(() => work.isConnected && "asked" in work.dataset && renew(), ASKED_MS);
  } else if (was) {
    showFlash(notice.hidden ? "It is yours now." : "They keep it.", notice.hidden ? "success" : "warning");
    notice.querySelector("[data-held-text]").textContent = "";
  }
  const button = notice.querySelector("[data-take-over]");
  if (button) button.hidden = Boolean(asked);
}

// Our answer to who asks for the sample. One that we leave is open to them: on with the next.
async function handOver(button) {
  const notice = button.closest("[data-wanted-notice]");
  const answer = button.dataset.handOver;
  const { status, detail } = await postJson(notice.dataset.url, new URLSearchParams({ answer }));
  notice.hidden = true;
  if (status !== 200) showFlash(detail || "This did not reach the server. Try again.", "warning");
  else if (answer === "yes") document.getElementById("next-form").requestSubmit();
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
