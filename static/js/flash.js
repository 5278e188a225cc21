// Messages: successes leave by themselves, the rest stay until closed. Others ask for one with a
// "flash:show" event: {text, level: "success" | "info" | "warning" | "error"}.
const STAYS_SECONDS = 6;
const TONES = { success: "ok", warning: "warn", error: "bad" };

document.addEventListener("click", (event) => {
  event.target.closest?.("[data-flash-close]")?.closest("[data-flash]").remove();
});

document.addEventListener("flash:show", ({ detail }) => {
  const flash = document.createElement("div");
  flash.className = `flash ${TONES[detail.level] ?? ""}`;
  flash.dataset.flash = detail.level ?? "info";
  const text = document.createElement("p");
  text.className = "grow";
  text.textContent = detail.text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn ghost small icon-only";
  close.dataset.flashClose = "";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  flash.append(text, close);
  const region = document.getElementById("flashes");
  // The same complaint twice is one complaint.
  for (const other of region?.querySelectorAll("p") ?? []) {
    if (other.textContent === detail.text) other.closest("[data-flash]").remove();
  }
  region?.append(flash);
  leaveLater();
});

function leaveLater() {
  for (const flash of document.querySelectorAll("[data-flash]:not([data-leaving])")) {
    if (!["success", "info"].includes(flash.dataset.flash)) continue;
    flash.dataset.leaving = "";
    const leave = () => flash.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : flash.remove();
    setTimeout(leave, STAYS_SECONDS * 1000);
  }
}

document.addEventListener("htmx:afterSettle", leaveLater);
document.addEventListener("htmx:oobAfterSwap", leaveLater);
leaveLater();
