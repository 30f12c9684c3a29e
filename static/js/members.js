// Who is in the room: the owner first, then by nickname.

import { drawAvatar, fromTemplate, part } from "./people.js";

/** @typedef {{id: string, nickname: string, kind: string, role: string, state: string}} Member */

const PRESENT = new Set(["active", "blocked"]);
const collator = new Intl.Collator(document.documentElement.lang || "en", { sensitivity: "base" });

export class Members {
  /** @param {HTMLElement} list @param {HTMLElement} count @param {string} me */
  constructor(list, count, me) {
    this.list = list;
    this.count = count;
    this.me = me;
  }

  /** @param {Member} member as it is now */
  upsert(member) {
    const known = this.list.querySelector(`[data-id="${member.id}"]`);
    if (PRESENT.has(member.state)) {
      const row = known ?? fromTemplate("member-template");
      this.#draw(row, member);
      this.#place(row);
    } else {
      known?.remove();
    }
    this.count.textContent = String(this.list.children.length);
  }

  /** @returns {{id: string, name: string, kind: string}} oneself, as the author of a message */
  get self() {
    const row = this.list.querySelector(`[data-id="${this.me}"]`);
    return { id: this.me, name: row ? part(row, "nickname").textContent : "", kind: row?.dataset.kind ?? "member" };
  }

  #draw(row, member) {
    row.dataset.id = member.id;
    row.dataset.role = member.role;
    row.dataset.kind = member.kind;
    row.dataset.state = member.state;
    drawAvatar(part(row, "avatar"), member.nickname);
    part(row, "nickname").textContent = member.nickname;
    part(row, "you").hidden = member.id !== this.me;
    part(row, "owner").hidden = member.role !== "owner";
    part(row, "guest").hidden = member.kind !== "guest";
    part(row, "blocked").hidden = member.state !== "blocked";
  }

  #place(row) {
    row.remove();
    const next = [...this.list.children].find((other) => this.#compare(row, other) < 0);
    this.list.insertBefore(row, next ?? null);
  }

  #compare(a, b) {
    const owners = Number(b.dataset.role === "owner") - Number(a.dataset.role === "owner");
    return owners || collator.compare(part(a, "nickname").textContent, part(b, "nickname").textContent);
  }
}
