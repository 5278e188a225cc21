// A button that copies the field it names: data-copy="ID". Without it the field can be selected.
const SAID_SECONDS = 2;

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // pages reached over plain http have no clipboard
  }
  const word = button.querySelector("[data-word]");
  const before = word.dataset.word || word.textContent;
  word.dataset.word = before;
  word.textContent = "Copied";
  setTimeout(() => (word.textContent = before), SAID_SECONDS * 1000);
});
