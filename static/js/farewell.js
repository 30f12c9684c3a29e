// What stands where the room was, once one may no longer be in it.

import { fromTemplate, part } from "./people.js";
import { serverNow } from "./server_clock.js";
import { hasWord, moment, word } from "./words.js";

const WAYS = {
  left: ["room"],
  forbidden: ["room"],
  expired: ["transcript", "open"],
  closed: ["transcript", "open"],
  signin: ["signin"],
  protocol: ["reload"],
};

/**
 * @param {string} said why, as `out` or the API says it
 * @param {{unsent: string, sweepAfter: number}} options what was not sent; for how many seconds the transcript is kept
 */
export function farewell(said, { unsent, sweepAfter }) {
  const reason = hasWord(`out-${said}`) ? said : "forbidden";
  const panel = fromTemplate("out-template");
  const time = moment(new Date(Date.now() + sweepAfter * 1_000));
  part(panel, "title").textContent = word(`out-${reason}-title`);
  part(panel, "text").textContent = word(`out-${reason}`, { time });
  part(panel, "unsent").hidden = !unsent;
  panel.querySelector("textarea").value = unsent;
  const open = WAYS[reason] ?? [];
  for (const way of panel.querySelectorAll("[data-way]")) way.hidden = !open.includes(way.dataset.way);
  if (open.includes("transcript")) keepTranscriptFor(ways(panel, "transcript"), sweepAfter);
  return panel;
}

/** One way may have several links. @param {HTMLElement} panel @param {string} name */
function ways(panel, name) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (panel.querySelectorAll(`[data-way="${name}"]`))];
}

/** After that there is nothing left to take along. @param {HTMLElement[]} links @param {number} seconds */
function keepTranscriptFor(links, seconds) {
  const until = serverNow() + seconds * 1_000;
  const timer = setInterval(() => {
    if (serverNow() < until) return;
    for (const link of links) link.hidden = true;
    clearInterval(timer);
  }, 1_000);
}
