// What every page has: menus that close, addresses that copy, times that stay true, forms that go off once.

import { moment, timeLeft } from "./words.js";

const TOAST_MS = 2500;

/** @param {string} text */
export function toast(text) {
  const element = document.createElement("p");
  element.className = "toast";
  element.textContent = text;
  document.getElementById("toasts")?.append(element);
  setTimeout(() => element.remove(), TOAST_MS);
}

/** @param {HTMLElement} button with the path to copy in `data-copy`, what to say then in `data-copied` */
async function copyAddress(button) {
  const address = new URL(button.dataset.copy ?? "", location.href).href;
  try {
    await navigator.clipboard.writeText(address);
    toast(button.dataset.copied ?? "");
  } catch {
    const field = document.querySelector("[data-address]");
    if (field instanceof HTMLInputElement) field.select(); // no clipboard here: ready for Ctrl+C
  }
}

function showTimesLeft() {
  for (const element of document.querySelectorAll("time[data-time-left]")) {
    const text = timeLeft(new Date(element.dateTime), element.dataset.timeLeft);
    if (text && element.textContent !== text) element.textContent = text;
  }
}

/** Asks in the form's dialog first; sends the form only once. @param {SubmitEvent} event */
function beforeSubmit(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const dialog = form.dataset.confirm && document.getElementById(form.dataset.confirm);
  if (dialog instanceof HTMLDialogElement && dialog.returnValue !== "yes") {
    event.preventDefault();
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && form.requestSubmit(), { once: true });
    dialog.showModal();
    return;
  }
  if (!("once" in form.dataset)) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
}

/** @param {Element} pane @param {boolean} open */
function setPane(pane, open) {
  const toggle = document.querySelector(`[data-pane-toggle="${pane.id}"]`);
  pane.classList.toggle("is-open", open);
  toggle?.setAttribute("aria-expanded", String(open));
  if (open) pane.focus();
  else toggle?.focus();
}

function closePanes() {
  for (const pane of document.querySelectorAll("[data-pane].is-open")) setPane(pane, false);
}

/** @param {Element} target of a click */
function closeWhatIsBeside(target) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(target)) menu.removeAttribute("open");
  }
  if (!target.closest("[data-pane], dialog")) closePanes();
}

document.addEventListener("click", (event) => {
  const target = event.target;
  if (!(target instanceof Element)) return;
  const toggle = target.closest("[data-pane-toggle]");
  if (toggle instanceof HTMLElement) {
    const pane = document.getElementById(toggle.dataset.paneToggle ?? "");
    if (pane) setPane(pane, !pane.classList.contains("is-open"));
    return;
  }
  closeWhatIsBeside(target);
  if (target.closest("[data-pane-close]")) closePanes();
  const copy = target.closest("[data-copy]");
  if (copy instanceof HTMLElement) void copyAddress(copy);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  closePanes();
  const menu = document.querySelector("details[data-menu][open]");
  menu?.removeAttribute("open");
  menu?.querySelector("summary")?.focus();
});

document.addEventListener("submit", beforeSubmit);
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; // back from the next page
});

for (const field of document.querySelectorAll("[data-address]")) {
  field.value = new URL(field.dataset.address, location.href).href;
}
for (const time of document.querySelectorAll("time[data-moment]")) time.textContent = moment(new Date(time.dateTime));
showTimesLeft();
setInterval(showTimesLeft, 20_000);
