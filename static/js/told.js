// Somebody named one, or wrote to one, elsewhere: a word on the page that one looks at, else a notification of the
// browser, if no push comes anyway. What concerns money has no place to lead to: its own pages listen (membership.js).

import { connection } from "./connection.js";
import { toast } from "./overlays.js";
import { isWanted, show, state } from "./push.js";

const here = /** @type {HTMLElement | null} */ (document.querySelector("main.room"))?.dataset.channel;
const words = /** @type {HTMLElement} */ (document.querySelector("[data-told]"));
/** @type {Map<string, HTMLElement | undefined>} the newest of each place */
const toasts = new Map();

const apart = (name) => `\u2068${name}\u2069`; // whichever way a name reads, the sentence around it does not turn

/** @param {string} pattern @param {{space: {name: string}, message: {author: string}}} told */
const fill = (pattern, { space, message }) =>
  pattern.replace("{name}", apart(message.author)).replace("{place}", apart(space.name));

function address({ kind, slug }) {
  const pattern = kind === "direct" ? words.dataset.talk : words.dataset.room;
  return (pattern ?? "").replace("SLUG", slug);
}

function sentence(told) {
  if (told.kind === "direct" || !told.space.name) return fill(words.dataset.direct ?? "", told);
  return fill(words.dataset.mention ?? "", told);
}

function say(told) {
  toasts.get(told.channel)?.remove();
  toasts.set(told.channel, toast(sentence(told), { href: address(told.space) }));
}

async function notify(told) {
  if (!isWanted() || (await state()) !== "open") return;
  const { lang, dir } = document.documentElement;
  const data = { url: address(told.space) };
  await show(sentence(told), { tag: `channel-${told.channel}`, lang, dir, icon: words.dataset.icon, data });
}

connection.addEventListener("op:notify", ({ detail }) => {
  if (detail.kind === "payment") return;
  if (document.visibilityState !== "visible") notify(detail).catch(() => {});
  else if (detail.channel !== here) say(detail);
});
