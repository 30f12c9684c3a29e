// What every page has: things that copy, times that stay true, forms that go off once, panes. Other components
// are fetched by the pages that hold them.

import { toast } from "./overlays.js";
import { serverNow } from "./server_clock.js";
import { moment, timeLeft } from "./words.js";

// What is in the page by this selector brings its module along.
const COMPONENTS = {
  "[data-tabs]": () => import("./tabs.js"),
  "[data-countdown]": () => import("./countdown.js"),
  "[data-gallery]": () => import("./gallery.js"),
  "[data-emoji]": () => import("./emoji.js"),
  ".drop": () => import("./drop.js"),
  "[data-status-form]": () => import("./status.js"),
  "body[data-user]": () => import("./signed_in.js"),
  "[data-told]": () => import("./told.js"),
  "[data-unread]": () => import("./unread.js"),
  "[data-places]": () => import("./places.js"),
};

/**
 * Copies the path in `data-copy` as a whole address, or the value of the field whose id is in `data-copy-field`;
 * then says what is in `data-copied`.
 * @param {HTMLElement} button
 */
async function copy(button) {
  const named = button.dataset.copyField;
  const field = named ? document.getElementById(named) : document.querySelector("[data-address]");
  const text = named ? field?.value : new URL(button.dataset.copy ?? "", location.href).href;
  try {
    await navigator.clipboard.writeText(text ?? "");
    toast(button.dataset.copied ?? "", { kind: "good" });
  } catch {
    if (field instanceof HTMLInputElement) field.select(); // no clipboard here: ready for Ctrl+C
  }
}

const SECOND = 1_000;

/** Each second, when it begins at the server: two browsers then change together, whatever their own clocks say. */
function showTimesLeft() {
  for (const element of document.querySelectorAll("time[data-time-left]")) {
    const end = new Date(element.dateTime);
    const text = timeLeft(end, element.dataset.timeLeft);
    if (text && element.textContent !== text) element.textContent = text;
    if (end.getTime() < serverNow()) element.closest("[data-ends]")?.remove(); // of a list: it leads nowhere any more
  }
  setTimeout(showTimesLeft, SECOND - (serverNow() % SECOND));
}

/** The server writes times too, into PDFs and where no module reaches: for who has chosen no zone, in the device's. */
function tellZone() {
  const told = `plaza_time_zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
  if (document.cookie.split("; ").includes(told)) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${told}; path=/; max-age=31536000; samesite=lax${secure}`;
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
  if (dialog instanceof HTMLDialogElement) dialog.returnValue = ""; // asked again the next time
  if (!("once" in form.dataset)) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
}

/** Back from the next page: what was sent may be sent again. */
function wakeForms() {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
}

/** @param {Element} pane @param {boolean} open */
function setPane(pane, open) {
  const toggle = document.querySelector(`[data-pane-toggle="${pane.id}"]`);
  const isLeft = pane.contains(document.activeElement); // who is elsewhere by now stays there
  pane.classList.toggle("is-open", open);
  toggle?.setAttribute("aria-expanded", String(open));
  if (open) pane.focus();
  else if (isLeft) toggle?.focus();
}

function closePanes() {
  for (const pane of document.querySelectorAll("[data-pane].is-open")) setPane(pane, false);
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
  if (!target.closest("[data-pane], [popover], dialog") || target.closest("[data-pane-close]")) closePanes();
  const copying = target.closest("[data-copy], [data-copy-field]");
  if (copying instanceof HTMLElement) void copy(copying);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) closePanes();
});

document.addEventListener("submit", beforeSubmit);
addEventListener("pageshow", wakeForms);
document.addEventListener("htmx:afterRequest", wakeForms);
document.addEventListener("htmx:load", fetchComponents);

function fetchComponents() {
  for (const [selector, fetchModule] of Object.entries(COMPONENTS)) {
    if (document.querySelector(selector)) void fetchModule();
  }
}

fetchComponents();
for (const field of document.querySelectorAll("[data-address]")) {
  field.value = new URL(field.dataset.address, location.href).href;
}
for (const time of document.querySelectorAll("time[data-moment]")) time.textContent = moment(new Date(time.dateTime));
showTimesLeft();
tellZone();
