// The theme changes at once; the same form, sent in the background, keeps it for the next page.
import { post } from "./http.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const chosen = event.submitter.value;
  document.documentElement.dataset.theme = chosen;
  for (const button of form.querySelectorAll("[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === chosen));
  }
  await post(form.action, new FormData(form, event.submitter), { redirect: "manual" });
});
