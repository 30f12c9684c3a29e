// The forms that open and join a room, over the page that one is on. A link with `data-room-dialog` leads to its own page
// without scripts, and where it is opened in a tab of its own.

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("room-dialog"));
const body = /** @type {HTMLElement} */ (document.getElementById("room-dialog-body"));

function focusField() {
  const field = body.querySelector("[aria-invalid=true]") ?? body.querySelector("input:not([type=hidden]), a.button");
  field?.focus();
}

/** @param {HTMLAnchorElement} link */
async function open(link) {
  body.replaceChildren();
  link.setAttribute("aria-busy", "true");
  await window.htmx.ajax("GET", link.dataset.roomDialog, { target: body, swap: "innerHTML" }).catch(() => {});
  link.removeAttribute("aria-busy");
  if (!body.firstElementChild) return; // refused: a toast says why
  dialog.showModal();
  focusField();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-room-dialog]");
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || !window.htmx) return;
  event.preventDefault();
  void open(link);
});

body.addEventListener("htmx:afterSettle", () => dialog.open && focusField());
