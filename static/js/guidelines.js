// The guidelines beside a form: loaded once when they are opened, which notes that this person has read them. A version
// that they have not read is open by itself; once open they stay so from sample to sample, until they are closed.
import { FIELDS_REFUSED, SAMPLE_SHOWN } from "./events.js";
import { parse } from "./html.js";
import { post } from "./http.js";

const texts = new Map(); // by version
let latest = null; // those last on the page: they say whether they were open, also once they are replaced

document.addEventListener("toggle", ({ target }) => {
  if (target.matches?.("[data-guidelines]") && target.isConnected && target.open) fill(target);
}, true);

for (const name of [SAMPLE_SHOWN, FIELDS_REFUSED]) document.addEventListener(name, begin);
begin();

function begin() {
  const details = document.querySelector("#work [data-guidelines]");
  if (!details) return;
  if (texts.has(details.dataset.guidelines)) markRead(details); // its part came before they were read
  details.open = latest?.open || "new" in details.dataset;
  latest = details;
  if (details.open) fill(details);
}

async function fill(details) {
  const place = details.querySelector("[data-guidelines-text]");
  const version = details.dataset.guidelines;
  if (!texts.has(version)) {
    const response = await post(details.dataset.url, new URLSearchParams({ beside: 1 })).catch(() => null);
    if (!response?.ok) {
      place.textContent = "They can't be loaded now: close and open them again.";
      return;
    }
    texts.set(version, await response.text());
  }
  place.replaceChildren(...parse(texts.get(version)).body.childNodes);
  markRead(details);
}

function markRead(details) {
  delete details.dataset.new;
  details.querySelector("[data-new-badge]")?.remove();
}
