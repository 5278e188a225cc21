// Sends the form of a page that the busy database refused once more, after data-retry-seconds.
for (const form of document.querySelectorAll("form[data-retry-seconds]")) {
  setTimeout(() => form.requestSubmit(), 1000 * Number(form.dataset.retrySeconds));
}
