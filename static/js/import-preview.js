// Gathers what was chosen or dropped on <form data-import>, tells it as "import:files" (detail.list), and
// says how many samples it will make, by the rules of annotator/imports/grouping.py.
const CLUTTER = new Set(["thumbs.db", "desktop.ini", ".ds_store", "__macosx"]);
const KEYS = {
  each: (path) => path,
  folder: (path) => folderOf(path),
  prefix: (path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const dot = name.lastIndexOf(".");
    const stem = dot > 0 ? name.slice(0, dot) : name;
    return `${folderOf(path)}/${stem.replace(/[_\- ][^_\- ]*$/, "") || stem}`;
  },
};
const lists = new WeakMap(); // form → Map of path → File: no input can hold what was dropped with its path

document.addEventListener("drop:files", (event) => {
  const form = event.target.closest("[data-import]");
  if (!form) return;
  event.preventDefault();
  const list = lists.get(form) ?? new Map();
  for (const { file, path } of event.detail.files) if (!isClutter(path)) list.set(path, file);
  lists.set(form, list);
  draw(form);
  form.dispatchEvent(new CustomEvent("import:files", { bubbles: true, detail: { list } }));
});

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("[data-import]");
  if (form && lists.has(form)) draw(form);
});

function draw(form) {
  const paths = [...lists.get(form).keys()];
  const zips = paths.filter((path) => /\.zip$/i.test(path)).length;
  const pictures = paths.filter((path) => !/\.zip$/i.test(path));
  const counts = {};
  for (const [grouping, key] of Object.entries(KEYS)) {
    counts[grouping] = new Set(pictures.map(key)).size;
    const place = form.querySelector(`[data-import-count="${grouping}"]`);
    if (!place) continue;
    place.hidden = !pictures.length;
    place.textContent = amount(counts[grouping], "sample");
  }
  const parts = [pictures.length && amount(pictures.length, "file"), zips && amount(zips, "zip")].filter(Boolean);
  form.querySelector("[data-import-total]").textContent = parts.join(" and ");
  const chosen = form.elements.grouping?.value;
  const percent = Number(form.elements.test_percent?.value) || 0;
  const made = counts[chosen] ?? 0;
  const tests = Math.round((made * percent) / 100);
  const words = made ? `Makes ${amount(made, "sample")}${tests ? `, ${tests} of them for tests` : ""}` : "";
  const rest = zips ? `${words ? ", and" : "Makes"} those in the zip` : "";
  form.querySelector("[data-import-preview]").textContent = words || rest ? `${words}${rest}.` : "";
}

function folderOf(path) {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

function isClutter(path) {
  const parts = path.toLowerCase().split("/");
  return parts.at(-1).startsWith("._") || parts.some((part) => CLUTTER.has(part));
}

function amount(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}
