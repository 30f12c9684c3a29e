// What one can do with somebody: a menu at their name, in the list of people and at what they said.

import { part } from "./people.js";

const GAP = 4; // pixels
const SAME_CLICK = 100; // milliseconds
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** @typedef {import("./members.js").Member} Member */

export class PeopleMenu {
  /** @type {HTMLElement | null} */
  #opener = null;
  #whom = { id: "", nickname: "" };
  #closedAt = 0;

  /**
   * @param {{element: HTMLElement, find: (id: string) => Member | undefined, may: () => {speak: boolean, care: boolean},
   *   acts: Record<string, (whom: {id: string, nickname: string}) => void>}} options `find`: somebody who is in the room
   */
  constructor({ element, find, may, acts }) {
    Object.assign(this, { element, find, may, acts });
    element.addEventListener("click", (event) => this.#onClick(event));
    element.addEventListener("keydown", (event) => this.#onKey(event));
    element.addEventListener("toggle", (event) =>
      this.#opener?.setAttribute("aria-expanded", String(event.newState === "open")),
    );
    element.addEventListener("beforetoggle", ({ newState }) => {
      if (newState === "closed") this.#closedAt = performance.now();
    });
    addEventListener("resize", () => element.matches(":popover-open") && element.hidePopover());
  }

  /**
   * @param {HTMLElement} opener
   * @param {{id: string, name: string, guest: boolean}} author as they are shown where the menu opens
   */
  open(opener, { id, name, guest }) {
    // A click beside the menu has just closed it; on its own button that was all it was for.
    if (this.#closedAt && opener === this.#opener && performance.now() - this.#closedAt < SAME_CLICK) return;
    const member = this.find(id);
    this.#opener = opener;
    this.#whom = { id, nickname: member?.nickname ?? name };
    part(this.element, "name").textContent = this.#whom.nickname;
    part(this.element, "guest").hidden = !guest;
    part(this.element, "gone").hidden = Boolean(member);
    const offered = this.#offered(member);
    for (const item of this.element.querySelectorAll("[data-do]")) item.hidden = !offered.has(item.dataset.do);
    const profile = this.element.querySelector('[data-do="profile"]');
    profile.href = profile.dataset.address.replace("MEMBER", id);
    this.element.showPopover();
    this.#place(opener.getBoundingClientRect());
    this.#items[0]?.focus();
  }

  #offered(member) {
    const { speak, care } = this.may();
    const offered = new Set();
    if (member && speak) offered.add("mention");
    if (member?.kind === "member") offered.add("profile");
    if (!care || member?.role === "owner") return offered;
    offered.add("ban");
    if (member) offered.add(member.state === "blocked" ? "unblock" : "block");
    if (member?.kind === "member" && member.state === "active") offered.add("hand-over");
    return offered;
  }

  get #items() {
    return /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll("[data-do]:not([hidden])")]);
  }

  /** Under its button, or above it where there is no room; never beyond the page. @param {DOMRect} at */
  #place(at) {
    const { width, height } = this.element.getBoundingClientRect();
    const { clientWidth: wide, clientHeight: high } = document.documentElement;
    const start = document.dir === "rtl" ? at.left : at.right - width;
    const under = at.bottom + GAP;
    this.element.style.left = `${Math.max(GAP, Math.min(start, wide - width - GAP))}px`;
    this.element.style.top = `${Math.max(GAP, under + height > high ? at.top - height - GAP : under)}px`;
  }

  #onClick(event) {
    const item = event.target.closest("[data-do]");
    if (!item) return;
    this.#close();
    this.acts[item.dataset.do]?.(this.#whom);
  }

  #close() {
    this.element.hidePopover();
    this.#closedAt = 0; // by this menu itself: its button opens it again at once
    this.#opener?.focus();
  }

  #onKey(event) {
    const items = this.#items;
    const ends = { Home: 0, End: items.length - 1 };
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation(); // the pane under it stays open
      this.#close();
    } else if (event.key in STEPS || event.key in ends) {
      event.preventDefault();
      items[ends[event.key] ?? (at + STEPS[event.key] + items.length) % items.length]?.focus();
    }
  }
}
