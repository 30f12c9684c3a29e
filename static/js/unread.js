// What waits to be read in the places that one is in: the numbers on the rail and before the page's title, and for
// places.js the places themselves. What the server says of all of them is asked for now and then; in between, events
// move the numbers.

import { connection } from "./connection.js";

const ASK_EVERY = 60_000;
const SPREAD = 3_000; // over which all pages ask again after a restart
const READ_WITHIN = 700; // a page that one looks at has read what comes before it is worth a number
const MOST_FOLLOWED = 50;
const MOST_SHOWN = 99;

/** @typedef {{channel: string, space: {slug: string, name: string, kind: string, expires_at: string | null},
 *   people: {name: string}[], unread: number, mentions: number, muted: boolean, last_message: {seq: number} | null}} Place */

/** @param {number} count */
export const shown = (count) => (count > MOST_SHOWN ? `${MOST_SHOWN}+` : String(count));

/** Event `change`: something is different in `places`. */
class Unread extends EventTarget {
  /** @type {Map<string, Place & {seq: number}>} by channel, the latest first */
  places = new Map();
  current = /** @type {HTMLElement | null} */ (document.querySelector("main.room"))?.dataset.channel;
  #follows = false;
  #followed = new Map();
  #moved = new Set(); // since the server was last asked: what events say is newer than its answer
  #askedAt = 0;
  #timer = 0;
  #wasOpen = false;

  constructor() {
    super();
    connection.addEventListener("op:hello", () => this.#onHello());
    connection.addEventListener("op:message", ({ detail }) => this.#onMessage(detail));
    connection.addEventListener("op:notify", ({ detail }) => this.#onNotify(detail));
    connection.addEventListener("op:read", ({ detail }) => this.#onRead(detail));
    connection.addEventListener("op:out", ({ detail }) => this.#onOut(detail.channel));
    document.addEventListener("visibilitychange", () => this.#lookAgain());
    setInterval(() => this.#lookAgain(), ASK_EVERY / 4);
    if (connection.state === "open") this.#onHello();
  }

  /** From now on also what is said in other places is counted as it is said, not only when the server is asked. */
  follow() {
    this.#follows = true;
    this.#followAll();
  }

  /** @param {(place: Place) => number} count @returns {number} */
  sum(count) {
    return [...this.places.values()].reduce((sum, place) => sum + count(place), 0);
  }

  #onHello() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), this.#wasOpen ? Math.random() * SPREAD : 0);
    this.#wasOpen = true;
  }

  #lookAgain() {
    if (document.visibilityState !== "visible" || connection.state !== "open") return;
    if (Date.now() - this.#askedAt >= ASK_EVERY) void this.#ask();
  }

  async #ask() {
    this.#askedAt = Date.now();
    this.#moved.clear();
    try {
      const answer = await fetch("/api/v1/unread", { headers: { Accept: "application/json" } });
      if (answer.ok) this.#take((await answer.json()).results);
    } catch {
      // asked again in a minute
    }
  }

  /** @param {Place[]} results */
  #take(results) {
    const before = this.places;
    this.places = new Map();
    for (const place of results) {
      const known = this.#moved.has(place.channel) ? before.get(place.channel) : undefined;
      this.places.set(place.channel, known ?? { ...place, seq: place.last_message?.seq ?? 0 });
    }
    this.#followAll();
    this.#changed();
  }

  #followAll() {
    if (!this.#follows) return;
    for (const [channel, leave] of this.#followed) {
      if (this.places.has(channel)) continue;
      leave();
      this.#followed.delete(channel);
    }
    for (const channel of this.places.keys()) {
      if (channel === this.current || this.#followed.has(channel) || this.#followed.size >= MOST_FOLLOWED) continue;
      const onPosition = (position) => this.#onPosition(channel, position);
      const listener = { after: Number.POSITIVE_INFINITY, onChange() {}, onPosition };
      this.#followed.set(channel, connection.subscribe(channel, listener));
    }
  }

  /** What was said after the server was asked about all places, and before this one was followed. */
  #onPosition(channel, { last_seq: lastSeq, read_seq: readSeq }) {
    const place = this.places.get(channel);
    if (!place || lastSeq <= place.seq) return;
    this.#move(place, { seq: lastSeq, unread: Math.max(0, lastSeq - readSeq) });
    this.#changed();
  }

  #onMessage({ channel, message }) {
    const place = this.places.get(channel);
    if (!place || !message || message.seq <= place.seq) return;
    this.#move(place, { seq: message.seq });
    if (message.nonce) return; // one's own: `read` follows
    place.unread += 1;
    const isRead = channel === this.current && document.visibilityState === "visible";
    if (isRead) setTimeout(() => this.#changed(), READ_WITHIN);
    else this.#changed();
  }

  #onNotify({ channel, unread, mentions, message }) {
    const place = this.places.get(channel);
    if (!place) return void this.#ask(); // a place that this page has not heard of
    this.#move(place, { unread, mentions, seq: Math.max(place.seq, message.seq) });
    this.#changed();
  }

  #onRead({ channel, read_seq: readTo, unread, mentions }) {
    const place = this.places.get(channel);
    if (!place) return;
    this.#move(place, { unread, mentions, seq: Math.max(place.seq, readTo + unread) });
    this.#changed();
  }

  #onOut(channel) {
    this.#followed.delete(channel);
    if (this.places.delete(channel)) this.#changed();
  }

  #move(place, now) {
    Object.assign(place, now);
    this.#moved.add(place.channel);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const unread = new Unread();

// --- What every page shows of it ---

const title = document.title;
const isTalk = (place) => place.space.kind === "direct";
const waiting = (place) => (place.muted ? place.mentions : place.unread);
const COUNTS = {
  rooms: (place) => (isTalk(place) ? 0 : waiting(place)),
  conversations: (place) => (isTalk(place) && waiting(place) ? 1 : 0), // how many, not their messages
};

/** @param {HTMLElement} badge @param {number} count */
function showOnRail(badge, count) {
  badge.textContent = shown(count);
  badge.hidden = count === 0;
  const item = badge.closest("[aria-label]");
  const { label = "", labelUnread = "" } = badge.dataset;
  item?.setAttribute("aria-label", count ? labelUnread.replace("{count}", shown(count)) : label);
}

/** On the cards of rooms that one is in. */
function showOnCards() {
  const counts = new Map([...unread.places.values()].map((place) => [place.space.slug, waiting(place)]));
  for (const badge of document.querySelectorAll("[data-waits]")) {
    const count = counts.get(badge.dataset.waits) ?? 0;
    badge.hidden = count === 0;
    badge.querySelector('[data-part="count"]').textContent = shown(count);
  }
}

if (document.querySelector("[data-waits]")) unread.follow();
unread.addEventListener("change", () => {
  showOnCards();
  for (const badge of document.querySelectorAll("[data-unread]")) {
    showOnRail(/** @type {HTMLElement} */ (badge), unread.sum(COUNTS[badge.dataset.unread]));
  }
  const all = unread.sum(waiting);
  document.title = all ? `(${shown(all)}) ${title}` : title;
});
