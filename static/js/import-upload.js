// <form data-import>: sends the files in batches, one after the other. A batch that fails is tried again;
// what the server has received already is never sent twice, so pressing Import again goes on.
const MOST_FILES = 20;
const MOST_BYTES = 25e6;
const WAITS_SECONDS = [1, 2, 4, 8, 16];
const lists = new WeakMap(); // form → Map of path → File, as import-preview.js gathered them

document.addEventListener("import:files", ({ target, detail }) => lists.set(target, detail.list));

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const list = form.matches("[data-import]") && lists.get(form);
  if (!list?.size) return;
  event.preventDefault();
  const button = form.querySelector("button:not([type])");
  button.disabled = true; // until it failed: the page is left when all is sent
  complain(form, "");
  try {
    await sendAll(form, list);
  } catch (error) {
    complain(form, `${error.message} What has arrived is kept: Import goes on.`);
    button.disabled = false;
  }
});

async function sendAll(form, list) {
  if (!form.dataset.filesUrl) {
    const choices = new FormData(form);
    for (const name of ["pictures", "folder"]) choices.delete(name);
    const made = await ask("POST", form.action, choices);
    Object.assign(form.dataset, { filesUrl: made.files_url, startUrl: made.start_url });
  }
  const here = new Set((await ask("GET", form.dataset.filesUrl)).paths);
  const waiting = [...list].filter(([path]) => !here.has(path));
  const total = waiting.reduce((sum, [, file]) => sum + file.size, 0);
  let sent = 0;
  while (waiting.length) {
    const { batch, bytes } = nextBatch(waiting);
    await patiently(() => ask("POST", form.dataset.filesUrl, batch, (part) => draw(form, sent + part, total)));
    sent += bytes;
    draw(form, sent, total);
  }
  location.assign((await patiently(() => ask("POST", form.dataset.startUrl, new FormData()))).url);
}

function nextBatch(waiting) {
  const batch = new FormData(), paths = [];
  let bytes = 0;
  while (waiting.length && paths.length < MOST_FILES && (!bytes || bytes + waiting[0][1].size <= MOST_BYTES)) {
    const [path, file] = waiting.shift();
    paths.push(path);
    batch.append("files", file, file.name);
    bytes += file.size;
  }
  batch.append("paths", JSON.stringify(paths));
  return { batch, bytes };
}

async function patiently(send, tries = 0) {
  try {
    return await send();
  } catch (error) {
    if (!error.isTemporary || tries >= WAITS_SECONDS.length) throw error;
    await new Promise((go) => setTimeout(go, WAITS_SECONDS[tries] * 1000));
    return patiently(send, tries + 1);
  }
}

// XMLHttpRequest, since fetch can't tell how much of a large file has gone out.
function ask(method, url, body, onprogress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const fail = (words, isTemporary = false) => failed(Object.assign(new Error(words), { isTemporary }));
    request.open(method, url);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]').content);
    if (onprogress) request.upload.onprogress = (event) => onprogress(event.loaded);
    request.onerror = () => fail("The server can't be reached.", true);
    request.onload = () => {
      if (request.status < 300 && request.response) done(request.response);
      else if (request.status === 401) fail("You were signed out. Sign in, then go on from the list of earlier imports.");
      else fail(request.response?.detail ?? "The server refused this.", request.status >= 502 && request.status !== 507);
    };
    request.send(body);
  });
}

function draw(form, sent, total) {
  form.querySelector("[data-import-progress]").hidden = false;
  form.querySelector("progress").value = total ? Math.min(sent / total, 1) : 1;
  form.querySelector("[data-import-status]").textContent = `Sending: ${(sent / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
}

function complain(form, words) {
  const box = form.querySelector("[data-import-error]");
  box.hidden = !words;
  box.querySelector("p").textContent = words;
}
