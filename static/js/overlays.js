// What lies over a page: toasts, menus, dialogs, tooltips. Everything listens at the document, so that what is
// put into the page later works too.

const TOAST_MS = 4000;
const UNDO_MS = 9000; // long enough to read it, see what happened and reach the button
const TIP_DELAY_MS = 350;
const TIP_GAP = 8; // pixels

// --- Toasts ---

/**
 * Says something for a moment; for as long as somebody points at it.
 * @param {string} text
 * @param {{kind?: "good" | "bad", undo?: () => void, href?: string}} [options] `undo` adds a button that takes it back,
 *   `href` a way to what it is about
 * @returns {HTMLElement | undefined}
 */
export function toast(text, { kind, undo, href } = {}) {
  const place = document.getElementById("toasts");
  const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("toast-template"));
  if (!place || !template) return undefined;
  const element = /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
  const part = (name) => /** @type {HTMLElement} */ (element.querySelector(`[data-part="${name}"]`));
  part("text").textContent = text;
  if (kind) part(kind).hidden = false;
  if (kind === "bad") element.setAttribute("role", "alert");
  part("close").addEventListener("click", () => element.remove());
  if (undo) {
    part("undo").hidden = false;
    part("undo").addEventListener("click", () => {
      element.remove();
      undo();
    });
  }
  if (href) {
    part("open").hidden = false;
    part("open").setAttribute("href", href);
  }
  place.append(element);
  goAfter(element, undo || href || kind === "bad" ? UNDO_MS : TOAST_MS);
  return element;
}

/** Removes it, but not from under somebody's pointer or focus. @param {HTMLElement} element @param {number} milliseconds */
function goAfter(element, milliseconds) {
  let timer = setTimeout(() => element.remove(), milliseconds);
  const stay = () => clearTimeout(timer);
  const go = () => {
    stay();
    timer = setTimeout(() => element.remove(), milliseconds / 2);
  };
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, stay);
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, go);
}

// --- Menus: <details data-menu> with a summary ---

const MENU_STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** @param {Element} menu */
const itemsOf = (menu) =>
  /** @type {HTMLElement[]} */ ([...menu.querySelectorAll(".menu :is(a, button):not(:disabled)")]);

/** @param {Element} menu @param {boolean} back to what opened it */
function closeMenu(menu, back) {
  menu.removeAttribute("open");
  if (back) menu.querySelector("summary")?.focus();
}

/** The arrows go round through the items; on a closed menu they open it. @param {KeyboardEvent} event @param {HTMLDetailsElement} menu */
function moveInMenu(event, menu) {
  const items = itemsOf(menu);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const ends = { Home: 0, End: items.length - 1 };
  let next;
  if (event.key in MENU_STEPS) {
    const step = MENU_STEPS[event.key];
    next = at < 0 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length;
    menu.open = true;
  } else if (event.key in ends && menu.open) {
    next = ends[event.key];
  }
  if (next === undefined) return;
  event.preventDefault();
  items[next]?.focus();
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(target) || target.closest("[data-menu-close]")) closeMenu(menu, false);
  }
});

document.addEventListener("focusout", (event) => {
  const menu = event.target instanceof Element ? event.target.closest("details[data-menu][open]") : null;
  if (menu && event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) closeMenu(menu, false);
});

// --- Dialogs: a button with the id of a <dialog> in data-dialog ---

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const opener = target.closest("[data-dialog]");
  if (opener instanceof HTMLElement) {
    const dialog = document.getElementById(opener.dataset.dialog ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  }
  // The backdrop belongs to the dialog: a click beside the box hits the dialog itself.
  if (target instanceof HTMLDialogElement && "dismiss" in target.dataset && isBeside(event, target)) target.close();
});

/** @param {MouseEvent} event @param {Element} element */
function isBeside(event, element) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
}

// --- Tooltips: data-tip with the words; empty for the element's aria-label ---

const tip = document.createElement("div");
tip.id = "tip";
tip.className = "tip";
tip.setAttribute("role", "tooltip");
tip.setAttribute("popover", "manual");
/** @type {HTMLElement | null} */
let tipped = null;
let tipTimer = 0;

/** @param {HTMLElement} element */
function showTip(element) {
  const label = element.getAttribute("aria-label");
  const text = element.dataset.tip || label;
  if (!text || !element.isConnected || element.closest("details[open]")?.querySelector("summary") === element) return;
  hideTip();
  tip.textContent = text;
  document.body.append(tip);
  tip.showPopover();
  placeTip(element.getBoundingClientRect());
  tipped = element;
  if (text !== label) element.setAttribute("aria-describedby", tip.id);
}

/** Above, or below where there is no room above; on the rail beside it. @param {DOMRect} place */
function placeTip(place) {
  const { width, height } = tip.getBoundingClientRect();
  const wide = document.documentElement.clientWidth;
  const above = place.top - height - TIP_GAP;
  const middle = place.left + place.width / 2 - width / 2;
  tip.style.left = `${Math.max(TIP_GAP, Math.min(middle, wide - width - TIP_GAP))}px`;
  tip.style.top = `${above < TIP_GAP ? place.bottom + TIP_GAP : above}px`;
}

function hideTip() {
  clearTimeout(tipTimer);
  if (!tipped) return;
  if (tipped.getAttribute("aria-describedby") === tip.id) tipped.removeAttribute("aria-describedby");
  tipped = null;
  tip.remove();
}

/** @param {EventTarget | null} target */
const tippedBy = (target) =>
  /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest("[data-tip]") : null);

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch" || event.target === tip) return clearTimeout(tipTimer);
  const element = tippedBy(event.target);
  clearTimeout(tipTimer);
  if (element && element !== tipped) tipTimer = setTimeout(() => showTip(element), TIP_DELAY_MS);
  if (!element && tipped) tipTimer = setTimeout(hideTip, TIP_DELAY_MS / 2); // time to reach the tip itself
});
document.addEventListener("focusin", (event) => {
  const element = tippedBy(event.target);
  clearTimeout(tipTimer);
  if (element?.matches(":focus-visible")) tipTimer = setTimeout(() => showTip(element), TIP_DELAY_MS);
});
document.addEventListener("focusout", hideTip);
document.addEventListener("pointerdown", hideTip);
addEventListener("scroll", hideTip, { capture: true, passive: true });

// --- The keyboard ---

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    hideTip();
    const open = document.querySelector("details[data-menu][open]");
    if (open) closeMenu(open, true);
    return;
  }
  const menu = event.target instanceof Element ? event.target.closest("details[data-menu]") : null;
  if (menu && !event.target.matches("input, textarea, select")) {
    moveInMenu(event, /** @type {HTMLDetailsElement} */ (menu));
  }
});
