// One's own status in the account menu: chosen without leaving the page, and as other devices chose it.

import { connection } from "./connection.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-status-form]"));

/** @param {string} chosen online, busy, absent or auto */
function showChosen(chosen) {
  for (const button of form.querySelectorAll("button")) {
    if (button.value === chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

/** @param {string} chosen */
async function choose(chosen) {
  const answer = await fetch(form.dataset.statusForm ?? "", {
    method: "PUT",
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    body: JSON.stringify({ status: chosen }),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  showChosen(chosen);
  form.closest("details[data-menu]")?.removeAttribute("open");
}

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!(button instanceof HTMLButtonElement) || "plain" in form.dataset) return;
  event.preventDefault();
  choose(button.value).catch(() => {
    form.dataset.plain = ""; // the page that follows says what is wrong
    form.requestSubmit(button);
  });
});

// What was chosen on any device, also while nobody listened.
connection.addEventListener("op:presence", ({ detail: { chosen } }) => chosen && showChosen(chosen));
connection.addEventListener("op:hello", ({ detail: { user } }) => user && showChosen(user.chosen));
