// Making, reading and replacing HTML. What the server rendered is put in as it is, never as a string of ours.
const prepares = [];

// Runs `prepare` now, and whenever htmx or replaceElement brought new content.
export function onContent(prepare) {
  prepares.push(prepare);
  prepare();
}

document.addEventListener("htmx:load", prepareAll);

function prepareAll() {
  for (const prepare of prepares) prepare();
}

export function replaceElement(old, fresh) {
  old.replaceWith(fresh);
  window.htmx?.process(fresh);
  prepareAll();
}

export function parse(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

// make("p", {className: "muted", textContent: "None."}), make("div", {}, child, child)
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
