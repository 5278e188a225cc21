// Gives every request of htmx the CSRF token that the page was drawn with.
document.documentElement.dataset.js = "";

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.headers["X-CSRFToken"] = token;
});
