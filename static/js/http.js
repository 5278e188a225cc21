// The one sender of requests: each carries the CSRF token that the page was rendered with, htmx's too.
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

// A new session has a new token: every later request and form carries it.
export function renewCsrfToken(token) {
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const input of document.querySelectorAll('[name="csrfmiddlewaretoken"]')) input.value = token;
}

export function post(url, body, { headers = {}, ...options } = {}) {
  return fetch(url, {
    method: "POST", body, headers: { "X-CSRFToken": csrfToken(), Accept: "application/json", ...headers }, ...options,
  });
}

// Both give the fields of the JSON response and its `status`, which is 0 without a connection.
export function postJson(url, body, options) {
  return readJson(post(url, body, options));
}

export function getJson(url) {
  return readJson(fetch(url, { headers: { Accept: "application/json" } }));
}

async function readJson(request) {
  const response = await request.catch(() => null);
  return { status: response?.status ?? 0, ...await response?.json().catch(() => ({})) };
}

// The part of a page with this id, as htmx would ask for it.
export function getPart(url, id) {
  return fetch(url, { headers: { "HX-Request": "true", "HX-Target": id } });
}

// XMLHttpRequest, since fetch can't tell how much of a large file has gone out. Gives what postJson gives.
export function upload(url, body, onProgress) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onerror = () => done({ status: 0 });
    request.onload = () => done({ status: request.status, ...request.response });
    request.send(body);
  });
}

document.addEventListener("htmx:configRequest", (event) => {
  if (csrfToken()) event.detail.headers["X-CSRFToken"] = csrfToken();
});
