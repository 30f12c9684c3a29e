// Time that runs out, to the second: fills the parts of templates/_countdown.html.

import { serverNow } from "./server_clock.js";

const SECOND = 1000;
const UNITS = { days: 86_400, hours: 3600, minutes: 60, seconds: 1 };

/** @param {HTMLTimeElement} element @returns {boolean} whether it goes on */
function show(element) {
  let left = Math.max(0, Math.ceil((new Date(element.dateTime).getTime() - serverNow()) / SECOND));
  const over = left === 0;
  for (const [unit, length] of Object.entries(UNITS)) {
    const number = /** @type {HTMLElement} */ (element.querySelector(`[data-part="${unit}"]`));
    number.textContent = String(Math.floor(left / length)).padStart(2, "0");
    left %= length;
  }
  element.querySelector('[data-part="units"]').hidden = over;
  element.querySelector('[data-part="plain"]').hidden = !over;
  if (over) element.querySelector('[data-part="plain"]').textContent = element.dataset.over ?? "";
  return !over;
}

function tick() {
  const going = [...document.querySelectorAll("time[data-countdown]")].filter(show);
  if (going.length) setTimeout(tick, SECOND - (serverNow() % SECOND));
}

tick();
