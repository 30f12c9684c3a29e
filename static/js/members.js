// Who is in the room, those who are there first: the owner, then by nickname.

import { drawAvatar, fromTemplate, part, setStatus } from "./people.js";
import { word } from "./words.js";

/** @typedef {{id: string, nickname: string, avatar: string | null, kind: string, role: string, state: string,
 *   status: "online" | "busy" | "absent" | "offline"}} Member */

const PRESENT = new Set(["active", "blocked"]);
const collator = new Intl.Collator(document.documentElement.lang || "en", { sensitivity: "base" });
const number = new Intl.NumberFormat(document.documentElement.lang || "en", { numberingSystem: "latn" });

export class Members {
  /** @param {{online: HTMLElement, offline: HTMLElement}} groups each with a list and its count @param {string} me */
  constructor(groups, me) {
    this.groups = groups;
    this.me = me;
  }

  /** @param {Member} member as it is now */
  upsert(member) {
    const known = this.#row(member.id);
    if (PRESENT.has(member.state)) {
      const row = known ?? fromTemplate("member-template");
      this.#draw(row, member);
      this.#place(row);
    } else {
      known?.remove();
    }
    this.#count();
  }

  /** @param {Member[]} members all who are in now: what was said of them while nobody listened is made good */
  replace(members) {
    const ids = new Set(members.map((member) => member.id));
    for (const row of this.#rows()) {
      if (!ids.has(row.dataset.id ?? "")) row.remove();
    }
    for (const member of members) this.upsert(member);
  }

  /** @param {string} id of a member @param {Member["status"]} status */
  setStatus(id, status) {
    const row = this.#row(id);
    if (!row || row.dataset.status === status) return;
    row.dataset.status = status;
    setStatus(part(row, "avatar"), status);
    this.#place(row);
    this.#count();
  }

  /** @returns {{id: string, name: string, avatar: string | null, kind: string}} oneself, as the author of a message */
  get self() {
    const row = this.#row(this.me);
    return {
      id: this.me,
      name: row ? part(row, "nickname").textContent : "",
      avatar: row ? (part(row, "face").getAttribute("src") ?? null) : null,
      kind: row?.dataset.kind ?? "member",
    };
  }

  /** @param {string} id @returns {Member | undefined} somebody who is in the room */
  find(id) {
    const row = this.#row(id);
    return row && this.#shown(row);
  }

  /** @returns {Member[]} everybody but oneself, in the order of the list */
  get others() {
    return this.#rows()
      .filter((row) => row.dataset.id !== this.me)
      .map((row) => this.#shown(row));
  }

  #shown(row) {
    const { id, kind, role, state, status } = row.dataset;
    const face = part(row, "face").getAttribute("src");
    return { id, kind, role, state, status, nickname: part(row, "nickname").textContent, avatar: face };
  }

  #rows() {
    return [...this.groups.online.querySelectorAll(".member"), ...this.groups.offline.querySelectorAll(".member")];
  }

  #row(id) {
    return /** @type {HTMLElement | undefined} */ (this.#rows().find((row) => row.dataset.id === id));
  }

  #draw(row, member) {
    const status = member.id === this.me && member.status === "offline" ? "online" : member.status; // one's own page is open
    Object.assign(row.dataset, { id: member.id, role: member.role, kind: member.kind, state: member.state, status });
    drawAvatar(part(row, "avatar"), member.nickname, member.avatar);
    setStatus(part(row, "avatar"), status);
    part(row, "nickname").textContent = member.nickname;
    part(row, "you").hidden = member.id !== this.me;
    part(row, "owner").hidden = member.role !== "owner";
    part(row, "guest").hidden = member.kind !== "guest";
    part(row, "more").hidden = member.id === this.me;
    part(row, "more").setAttribute("aria-label", word("more-about", { name: member.nickname }));
    part(row, "blocked").hidden = member.state !== "blocked";
  }

  /** Moves it only if it must: a row that is moved loses a reader's place, and the focus but for our giving it back. */
  #place(row) {
    const group = row.dataset.status === "offline" ? this.groups.offline : this.groups.online;
    const list = part(group, "list");
    const next = [...list.children].find((other) => other !== row && this.#compare(row, other) < 0) ?? null;
    if (row.parentElement === list && row.nextElementSibling === next) return;
    const focused = row.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
    group.hidden = false;
    list.insertBefore(row, next);
    focused?.focus();
  }

  #compare(a, b) {
    const owners = Number(b.dataset.role === "owner") - Number(a.dataset.role === "owner");
    return owners || collator.compare(part(a, "nickname").textContent, part(b, "nickname").textContent);
  }

  #count() {
    for (const group of Object.values(this.groups)) {
      const count = part(group, "list").children.length;
      part(group, "count").textContent = number.format(count);
      group.hidden = count === 0;
    }
  }
}
