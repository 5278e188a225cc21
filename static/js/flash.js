// Messages: successes leave by themselves, the rest stay until closed.
import { make } from "./html.js";

const SHOWN_SECONDS = 6;
const TONES = { success: "ok", warning: "warn", error: "bad" };

document.addEventListener("click", (event) => {
  event.target.closest?.("[data-flash-close]")?.closest("[data-flash]").remove();
});

// level: "success", "info", "warning" or "error"
export function showFlash(text, level = "error") {
  const words = make("p", { className: "grow", textContent: text });
  const close = make("button", { type: "button", className: "btn ghost small icon-only", textContent: "×" });
  close.ariaLabel = "Close";
  close.dataset.flashClose = "";
  const flash = make("div", { className: `flash ${TONES[level] ?? ""}` }, words, close);
  flash.dataset.flash = level;
  hideFlash(text); // the same message twice is one message
  document.getElementById("flashes")?.append(flash);
  removeLater();
}

// Takes the message away: what it says is no longer so.
export function hideFlash(text) {
  for (const words of document.querySelectorAll("#flashes p")) {
    if (words.textContent === text) words.closest("[data-flash]").remove();
  }
}

function removeLater() {
  for (const flash of document.querySelectorAll("[data-flash]:not([data-leaving])")) {
    if (!["success", "info"].includes(flash.dataset.flash)) continue;
    flash.dataset.leaving = "";
    const remove = () => flash.matches(":hover, :focus-within") ? setTimeout(remove, 1000) : flash.remove();
    setTimeout(remove, SHOWN_SECONDS * 1000);
  }
}

document.addEventListener("htmx:afterSettle", removeLater);
document.addEventListener("htmx:oobAfterSwap", removeLater);
removeLater();
