// The list of messages: each once, at its newest revision, in the order of seq; one's own unsent ones at the end.

import { isEmoji, showHtml, showText, writtenIn } from "./markup.js";
import { drawAvatar, fromTemplate, part } from "./people.js";
import { dayName, fullTime, hasWord, sameDay, timeOfDay, word } from "./words.js";

const TOGETHER = 5 * 60_000; // messages of one author closer than this stand under one name

/** @typedef {import("./socket.js").Message} Message */

/** What the place itself says, in the reader's language; a line of a later version as it came. @param {Message} message */
const noticeText = ({ notice, body }) =>
  hasWord(`notice-${notice.code}`) ? word(`notice-${notice.code}`, { name: notice.names.join(", ") }) : body;

export class Timeline {
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** @type {Map<string, HTMLElement>} */
  #pending = new Map();
  /** @type {number | null} */
  #unreadFrom = null;

  /**
   * @param {HTMLElement} list with the rows that the server drew
   * @param {{me: string, mayDeleteAll: boolean}} reader
   */
  constructor(list, reader) {
    this.list = list;
    this.reader = reader;
    for (const row of /** @type {HTMLElement[]} */ ([...list.children])) this.#adopt(row);
    for (const row of this.#rows.values()) this.#dress(row);
  }

  /** The seq before which older messages are missing; nothing while there are no messages. */
  get firstSeq() {
    const first = this.list.querySelector("[data-seq]");
    return first ? Number(first.dataset.seq) : null;
  }

  /** A line stands before the first message after this one; null takes it away. @param {number | null} seq */
  markUnread(seq) {
    this.#unreadFrom = seq;
    for (const row of this.list.children) this.#dress(/** @type {HTMLElement} */ (row));
  }

  get unreadLine() {
    return /** @type {HTMLElement | null} */ (this.list.querySelector('[data-part="unread"]:not([hidden])'));
  }

  /** Whether one may delete what others said: that changes when the room is handed over. @param {boolean} may */
  set mayDeleteAll(may) {
    this.reader.mayDeleteAll = may;
    for (const row of this.#rows.values()) this.#offerAsIs(row);
  }

  /** What is read aloud of a message: without the signs of its markup. @param {Message} message */
  spoken(message) {
    return message.notice ? noticeText(message) : part(this.#rows.get(message.id), "body").textContent;
  }

  /** @param {string} id */
  row(id) {
    return this.#rows.get(id);
  }

  /** One's own newest message that can still be changed. */
  get lastOwn() {
    const own = [...this.list.querySelectorAll(`[data-author="${this.reader.me}"][data-id]:not(.is-deleted)`)];
    return own[own.length - 1];
  }

  /**
   * Draws a message that is new, or that changed. An older revision than the one shown is ignored.
   * @param {Message} message
   * @returns {boolean} whether it was not there before
   */
  upsert(message) {
    const known = this.#rows.get(message.id);
    if (known) {
      if (Number(known.dataset.rev) < message.rev) this.#draw(known, message);
      if (message.nonce && this.#pending.has(message.nonce)) this.discard(message.nonce); // sent before a reload
      return false;
    }
    const sent = message.nonce ? this.#pending.get(message.nonce) : undefined;
    const row = sent ?? fromTemplate("message-template");
    if (sent) this.settle(message.nonce ?? "");
    this.#draw(row, message);
    this.#rows.set(message.id, row);
    this.#place(row, message.seq);
    return !sent;
  }

  /** Draws a message of one's own that the server has not confirmed. */
  addPending({ nonce, body, author }) {
    const row = this.#pending.get(nonce) ?? fromTemplate("message-template");
    this.#pending.set(nonce, row);
    row.dataset.nonce = nonce;
    row.dataset.author = author.id;
    this.#drawAuthor(row, author);
    this.#drawTime(row, new Date());
    showText(part(row, "body"), body);
    this.#drawSize(row);
    this.#drawState(row, {});
    this.list.append(row);
    this.#dress(row);
    this.setFate(nonce, word("sending"));
  }

  /** What becomes of an unsent message. @param {string} nonce @param {string} text @param {boolean} [failed] */
  setFate(nonce, text, failed = false) {
    const row = this.#pending.get(nonce);
    if (!row) return;
    row.classList.add("is-pending");
    row.classList.toggle("is-failed", failed);
    part(row, "fate").hidden = false;
    part(row, "reason").textContent = text;
    part(row, "ways").hidden = !failed;
  }

  /** Every message that still waits, not those that failed. @param {string} text */
  setFates(text) {
    for (const [nonce, row] of this.#pending) {
      if (!row.classList.contains("is-failed")) this.setFate(nonce, text);
    }
  }

  /** The row is no longer a pending one. @param {string} nonce */
  settle(nonce) {
    const row = this.#pending.get(nonce);
    if (!row) return;
    this.#pending.delete(nonce);
    delete row.dataset.nonce;
    row.classList.remove("is-pending", "is-failed");
    part(row, "fate").hidden = true;
  }

  /** @param {string} nonce */
  discard(nonce) {
    const row = this.#pending.get(nonce);
    const next = row?.nextElementSibling;
    this.#pending.delete(nonce);
    row?.remove();
    if (next instanceof HTMLElement) this.#dress(next);
  }

  // --- Drawing ---

  #adopt(row) {
    const { id } = row.dataset;
    if (!id) return;
    this.#rows.set(id, row);
    this.#drawTime(row, new Date(part(row, "time").dateTime));
    this.#drawSize(row);
    this.#offerAsIs(row);
  }

  #offerAsIs(row) {
    this.#offer(row, { mine: row.dataset.author === this.reader.me, deleted: row.classList.contains("is-deleted") });
  }

  #draw(row, message) {
    row.dataset.id = message.id;
    row.dataset.seq = String(message.seq);
    row.dataset.rev = String(message.rev);
    row.dataset.author = message.author.id;
    this.#drawAuthor(row, message.author);
    this.#drawTime(row, new Date(message.created_at));
    showHtml(part(row, "body"), message.html, message.body, this.reader.me);
    this.#drawSize(row);
    this.#drawNotice(row, message);
    this.#drawNaming(row, message);
    this.#drawState(row, message);
    this.#offer(row, { mine: message.author.id === this.reader.me, deleted: Boolean(message.deleted_at) });
  }

  /** Whoever wrote them is called otherwise now. @param {{id: string, nickname: string, kind: string}} member */
  rename(member) {
    for (const row of this.list.querySelectorAll(`[data-author="${member.id}"]`)) {
      this.#drawAuthor(/** @type {HTMLElement} */ (row), { ...member, name: member.nickname });
    }
  }

  #drawAuthor(row, author) {
    drawAvatar(part(row, "avatar"), author.name, author.avatar);
    part(row, "name").textContent = author.name;
    part(row, "guest").hidden = author.kind !== "guest";
  }

  #drawSize(row) {
    row.classList.toggle("is-emoji", isEmoji(writtenIn(part(row, "body"))));
  }

  #drawNotice(row, message) {
    const line = part(row, "notice");
    row.classList.toggle("is-notice", Boolean(message.notice));
    line.hidden = !message.notice;
    line.textContent = message.notice ? noticeText(message) : "";
  }

  #drawNaming(row, { mentions }) {
    const named = mentions.some((one) => one.id === this.reader.me);
    row.classList.toggle("is-for-me", named);
    part(row, "named").hidden = !named;
  }

  #drawTime(row, date) {
    const time = part(row, "time");
    time.dateTime = date.toISOString();
    time.textContent = timeOfDay(date);
    time.title = fullTime(date);
  }

  #drawState(row, { edited_at: edited, deleted_at: deleted }) {
    row.classList.toggle("is-deleted", Boolean(deleted));
    part(row, "body").hidden = Boolean(deleted);
    part(row, "deleted").hidden = !deleted;
    part(row, "edited").hidden = !edited || Boolean(deleted);
  }

  #offer(row, { mine, deleted }) {
    const actions = part(row, "actions");
    const offered = {
      person: !mine,
      edit: mine && !deleted,
      delete: (mine || this.reader.mayDeleteAll) && !deleted,
    };
    for (const [action, may] of Object.entries(offered)) {
      actions.querySelector(`[data-action="${action}"]`).hidden = !may;
    }
    actions.hidden = row.classList.contains("is-notice") || !Object.values(offered).includes(true);
    part(row, "name").parentElement.disabled = mine;
  }

  // --- Order and neighbours ---

  #place(row, seq) {
    let after = this.list.lastElementChild;
    while (after && (after === row || !(Number(after.dataset.seq) < seq))) after = after.previousElementSibling;
    if (after) after.after(row);
    else this.list.prepend(row);
    this.#dress(row);
    if (row.nextElementSibling) this.#dress(row.nextElementSibling);
  }

  /** Shows the day where one begins, and the name where another author or a pause does. */
  #dress(row) {
    const before = row.previousElementSibling;
    const date = this.#dateOf(row);
    const newDay = !before || !sameDay(this.#dateOf(before), date);
    const day = part(row, "day");
    day.hidden = !newDay;
    day.firstElementChild.textContent = newDay ? dayName(date) : "";
    const unread = this.#isFirstUnread(row, before);
    part(row, "unread").hidden = !unread;
    const together = !newDay && !unread && before.dataset.author === row.dataset.author;
    row.classList.toggle("is-continued", together && date - this.#dateOf(before) < TOGETHER);
  }

  #isFirstUnread(row, before) {
    const from = this.#unreadFrom;
    const seq = Number(row.dataset.seq);
    if (from === null || !(seq > from)) return false;
    return before ? Number(before.dataset.seq) <= from : seq === from + 1; // seq has no gaps
  }

  #dateOf(row) {
    return new Date(part(row, "time").dateTime);
  }
}
