// The sandbox's pages: a test card that is chosen fills the field, what is typed goes before it, and a form goes off once.

const field = document.querySelector("#card");

/** In fours, as on a card. @param {string} digits */
const grouped = (digits) => digits.replaceAll(/(.{4})(?=.)/g, "$1 ");

/** @param {HTMLInputElement} radio */
function takeCard(radio) {
  if (!radio.value) {
    field.focus();
    return;
  }
  field.value = grouped(radio.value);
  field.removeAttribute("aria-invalid");
  document.querySelector("#card-wrong")?.remove();
}

if (field instanceof HTMLInputElement) {
  for (const radio of document.querySelectorAll("input[name=test_card]")) {
    radio.addEventListener("change", () => takeCard(radio));
  }
  field.addEventListener("input", () => {
    document.querySelector("input[name=test_card][value='']").checked = true;
  });
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});
