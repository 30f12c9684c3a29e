// How far one has read: told when a message has been on a visible, focused screen, and followed from other devices.

import { part } from "./people.js";
import { word } from "./words.js";

const TELL_EVERY = 1_000;

export class Reading {
  #told;
  #toldAt = -TELL_EVERY;
  #timer = 0;

  /**
   * @param {{socket: import("./socket.js").PlazaSocket, channel: string, scroll: import("./scroll.js").Scroll,
   *   timeline: import("./timeline.js").Timeline, button: HTMLElement, readSeq: number, lastSeq: number}} options
   *   `button` leads to the newest, and says how many wait
   */
  constructor({ socket, channel, scroll, timeline, button, readSeq, lastSeq }) {
    Object.assign(this, { socket, channel, scroll, timeline, button });
    this.readSeq = readSeq;
    this.lastSeq = lastSeq;
    this.#told = readSeq;
    if (lastSeq > readSeq) this.#begin();
    scroll.element.addEventListener("scroll", () => this.look(), { passive: true });
    document.addEventListener("visibilitychange", () => this.look());
    addEventListener("focus", () => this.look());
    socket.addEventListener("state", ({ detail }) => detail.state === "open" && this.look());
    socket.addEventListener("op:read", ({ detail }) => detail.channel === channel && this.#readTo(detail.read_seq));
    this.look();
  }

  get unread() {
    return Math.max(0, this.lastSeq - this.readSeq);
  }

  /** A message has come. @param {number} seq @param {boolean} mine to have said something is to have read what was there */
  came(seq, mine) {
    const first = this.unread === 0;
    this.lastSeq = Math.max(this.lastSeq, seq);
    if (mine) {
      this.timeline.markUnread(null);
      this.#readTo(seq);
    } else if (first && !this.#isWatched) {
      this.timeline.markUnread(this.readSeq);
    }
    this.look();
  }

  /** What is in sight now is read, if somebody is there. */
  look() {
    const seen = this.#isWatched ? this.#lowestInSight() : 0;
    if (seen > this.readSeq) this.#readTo(seen);
    else this.#show();
    if (this.readSeq > this.#told && this.#isWatched) this.#tellSoon();
  }

  get #isWatched() {
    return document.visibilityState === "visible" && document.hasFocus();
  }

  /** Opens at the first unread message where that is further up than the screen reaches. */
  #begin() {
    this.timeline.markUnread(this.readSeq);
    const line = this.timeline.unreadLine;
    if (!line) return;
    const room = this.scroll.element.getBoundingClientRect();
    if (line.getBoundingClientRect().top < room.top) line.scrollIntoView({ block: "start" });
  }

  #lowestInSight() {
    if (this.scroll.atBottom) return this.lastSeq;
    const bottom = this.scroll.element.getBoundingClientRect().bottom;
    const rows = /** @type {HTMLElement[]} */ ([...this.timeline.list.querySelectorAll("[data-seq]")]);
    const seen = rows.findLast((row) => row.getBoundingClientRect().bottom <= bottom + 1);
    return Number(seen?.dataset.seq ?? 0);
  }

  #readTo(seq) {
    this.readSeq = Math.max(this.readSeq, seq);
    this.lastSeq = Math.max(this.lastSeq, seq);
    this.#show();
  }

  #tellSoon() {
    if (this.#timer) return;
    const wait = Math.max(0, this.#toldAt + TELL_EVERY - performance.now());
    this.#timer = setTimeout(() => this.#tell(), wait);
  }

  async #tell() {
    const seq = this.readSeq;
    this.#toldAt = performance.now();
    try {
      await this.socket.request("read", { channel: this.channel, seq });
      this.#told = Math.max(this.#told, seq);
    } catch {
      // the next connection, or the next message, says it again
    }
    this.#timer = 0;
    if (this.#told >= seq && this.readSeq > seq) this.#tellSoon(); // one has read on meanwhile
  }

  #show() {
    const count = this.unread;
    this.button.hidden = this.scroll.atBottom || count === 0;
    if (count) part(this.button, "text").textContent = word("new-messages", { count });
  }
}
