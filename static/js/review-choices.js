// Where several people answered, a row's digit takes the next one's value; after the last its field opens.
import { focusInput } from "./inputs.js";


document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-take-next]");
  if (!button) return;
  const choices = button.closest("[data-choices]");
  const radios = [...choices.querySelectorAll("input[type=radio]")];
  const next = radios[radios.findIndex((radio) => radio.checked) + 1];
  (next ?? radios[0]).checked = true;
  choices.dispatchEvent(new Event("change", { bubbles: true })); // the preview follows
  if (next) return;
  const edit = choices.parentElement.querySelector("details.edit");
  edit.open = true;
  focusInput(edit);
});
