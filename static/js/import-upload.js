// <form data-import>: sends the files in batches, one after the other. A batch that fails is tried again;
// what the server has received already is never sent twice, so pressing Import again goes on.
import { getJson, postJson, upload } from "./http.js";
import { filesOf, hasFiles, passedOverCount } from "./import-preview.js";

const MAX_FILES = 20;
const MAX_BYTES = 25e6;
const WAITS_SECONDS = [1, 2, 4, 8, 16];

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-import]") || !hasFiles(form)) return;
  event.preventDefault();
  const button = form.querySelector("button:not([type])");
  button.disabled = true; // until it failed: the page is left when all is sent
  showError(form, "");
  try {
    await sendAll(form, await filesOf(form));
  } catch (error) {
    showError(form, `${error.message} What has arrived is kept: press Import to go on.`);
    button.disabled = false;
  }
});

async function sendAll(form, list) {
  if (!list.size) throw new Error("Choose pictures, a folder or a zip.");
  if (!form.dataset.filesUrl) {
    const choices = new FormData(form);
    for (const name of ["pictures", "folder"]) choices.delete(name);
    const made = checked(await postJson(form.action, choices));
    Object.assign(form.dataset, { filesUrl: made.files_url, startUrl: made.start_url });
  }
  const received = new Set(checked(await getJson(form.dataset.filesUrl)).paths);
  const waiting = [...list].filter(([path]) => !received.has(path));
  const total = waiting.reduce((sum, [, file]) => sum + file.size, 0);
  let sent = 0;
  while (waiting.length) {
    const { batch, bytes } = nextBatch(waiting);
    await retry(() => upload(form.dataset.filesUrl, batch, (part) => showProgress(form, sent + part, total)));
    sent += bytes;
    showProgress(form, sent, total);
  }
  const facts = new URLSearchParams({ passed_over: passedOverCount(form) });
  location.assign((await retry(() => postJson(form.dataset.startUrl, facts))).url);
}

function nextBatch(waiting) {
  const batch = new FormData(), paths = [];
  let bytes = 0;
  while (waiting.length && paths.length < MAX_FILES && (!bytes || bytes + waiting[0][1].size <= MAX_BYTES)) {
    const [path, file] = waiting.shift();
    paths.push(path);
    batch.append("files", file, file.name);
    bytes += file.size;
  }
  batch.append("paths", JSON.stringify(paths));
  return { batch, bytes };
}

async function retry(send) {
  for (const seconds of WAITS_SECONDS) {
    const response = await send();
    if (!isTemporary(response)) return checked(response);
    await new Promise((done) => setTimeout(done, seconds * 1000));
  }
  return checked(await send());
}

// No connection, or a server that restarts; 507 is a full disk.
function isTemporary({ status }) {
  return !status || status >= 502 && status !== 507;
}

// The response, if it is a success; else an Error that says what to do.
function checked(response) {
  const { status, detail } = response;
  if (status >= 200 && status < 300) return response;
  if (status === 401) throw new Error("You were signed out. Sign in, then go on from the list of earlier imports.");
  throw new Error(status ? detail ?? "The server refused this." : "The server can't be reached.");
}

function showProgress(form, sent, total) {
  form.querySelector("[data-import-progress]").hidden = false;
  form.querySelector("progress").value = total ? Math.min(sent / total, 1) : 1;
  const [done, all] = [sent, total].map((bytes) => (bytes / 1e6).toFixed(1));
  form.querySelector("[data-import-status]").textContent = `Sending: ${done} of ${all} MB`;
}

function showError(form, words) {
  const box = form.querySelector("[data-import-error]");
  box.hidden = !words;
  box.querySelector("p").textContent = words;
}
