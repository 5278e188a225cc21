// A field that was changed elsewhere meanwhile: both values side by side, and a choice. Told by
// "field:conflict" {key, entry, said}; asks for a redrawn field ("field:draw") or a new try ("journal:write").
document.addEventListener("field:conflict", ({ target, detail }) => {
  const box = target.querySelector?.("[data-conflict]");
  if (!box) return;
  const { key, entry, said } = detail;
  if (said.mine === said.theirs) return take(target, key, said.html); // both typed the same
  const both = document.createElement("dl");
  both.append(make("dt", "Theirs"), make("dd", said.theirs), make("dt", "Yours"), make("dd", said.mine));
  const row = make("div", "", "row");
  row.append(
    button("Keep mine", () => {
      box.hidden = true;
      target.dataset.rev = said.rev;
      const again = { ...entry, rev: said.rev, after: "" }; // the refused operation left no trace
      target.dispatchEvent(new CustomEvent("journal:write", { bubbles: true, detail: { key, entry: again } }));
    }),
    button("Take theirs", () => take(target, key, said.html)),
  );
  box.replaceChildren(make("p", "This field was saved elsewhere meanwhile."), both, row);
  box.hidden = false;
});

document.addEventListener("field:saved", ({ target }) => {
  const box = target.querySelector?.("[data-conflict]");
  if (box) box.hidden = true;
});

function take(field, key, html) {
  localStorage.removeItem(key);
  field.dispatchEvent(new CustomEvent("field:draw", { bubbles: true, detail: { html } }));
}

function button(words, action) {
  const element = make("button", words, "btn small");
  element.type = "button";
  element.addEventListener("click", action);
  return element;
}

function make(tag, text, css = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (css) element.className = css;
  return element;
}
