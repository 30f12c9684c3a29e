// Settings: leaving with changes that are not saved asks first; the device's time zone is offered; another country
// brings its own fields without a button. On a phone the section that is open is in sight.

/** What a form holds, as text to compare. @param {HTMLFormElement} form */
const held = (form) => new URLSearchParams(new FormData(form)).toString();

const forms = new Map([...document.querySelectorAll("form[data-unsaved]")].map((form) => [form, held(form)]));
const wasRefused = document.querySelector("form[data-unsaved] [aria-invalid='true']") !== null;

addEventListener("beforeunload", (event) => {
  const unsaved = [...forms].some(([form, before]) => !form.dataset.sent && (wasRefused || held(form) !== before));
  if (unsaved) event.preventDefault();
});

for (const way of document.querySelectorAll("[data-discard]")) way.addEventListener("click", () => forms.clear());

function offerZone() {
  const button = document.querySelector("[data-guess-zone]");
  const field = document.querySelector('input[name="time_zone"]');
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isKnown = [...document.querySelectorAll("#time-zones option")].some((option) => option.value === zone);
  if (!button || !field || !isKnown || field.value === zone) return;
  button.querySelector('[data-part="zone"]').textContent = zone;
  button.hidden = false;
  button.addEventListener("click", () => {
    field.value = zone;
    button.hidden = true;
    field.focus();
  });
}

offerZone();
const row = document.querySelector(".settings-sections");
const open = row?.querySelector("[aria-current]");
if (open && row.scrollWidth > row.clientWidth) open.scrollIntoView({ block: "nearest", inline: "center" });
if (window.htmx) document.querySelector('[data-part="change-country"]')?.setAttribute("hidden", "");
