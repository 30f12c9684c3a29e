// The settings of notifications: how things stand in this browser, and the switch.

import { toast } from "./overlays.js";
import { show, state, turnOff, turnOn } from "./push.js";

const card = /** @type {HTMLElement} */ (document.querySelector("[data-notifications]"));
const WAYS = { off: ["on"], on: ["show", "off"], open: ["show", "off"] };
const ACTIONS = { on: turnOn, off: turnOff, show: showOne };

/** @param {HTMLElement} button */
function showOne(button) {
  const { lang, dir } = document.documentElement;
  const { title = "", body } = button.dataset;
  return show(title, { body, lang, dir, tag: "plaza-sample", data: { url: location.pathname } });
}

const button = (name) => /** @type {HTMLButtonElement} */ (card.querySelector(`[data-action="${name}"]`));

async function draw() {
  const now = await state();
  for (const said of card.querySelectorAll("[data-state]")) said.hidden = said.dataset.state !== now;
  const ways = WAYS[now] ?? [];
  for (const name of Object.keys(ACTIONS)) button(name).hidden = !ways.includes(name);
  card.querySelector('[data-part="ways"]').hidden = ways.length === 0;
}

card.addEventListener("click", async (event) => {
  const pressed = event.target.closest?.("[data-action]");
  if (!pressed || pressed.getAttribute("aria-busy")) return;
  pressed.setAttribute("aria-busy", "true");
  try {
    await ACTIONS[pressed.dataset.action](pressed);
  } catch {
    toast(card.dataset.failed, { kind: "bad" }); // the worker is not there, or there is no connection
  }
  pressed.removeAttribute("aria-busy");
  await draw();
  if (pressed.hidden) card.querySelector('[data-part="ways"] button:not([hidden])')?.focus();
});

// Allowed or forbidden in the browser's own settings, while this page is open.
navigator.permissions
  ?.query({ name: "notifications" })
  .then((permission) => permission.addEventListener("change", () => void draw()))
  .catch(() => {}); // a browser that does not tell
addEventListener("focus", () => void draw());
void draw();
