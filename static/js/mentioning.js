// After an @ the composer offers the people who are here: a combobox, by keyboard, mouse and touch.

import { drawAvatar, fromTemplate, part } from "./people.js";

const MOST = 8;
const LONGEST = 30; // characters of a nickname
const WORD = /[\p{L}\p{M}\p{N}_]/u;

/** As people type it: without case and width. @param {string} text */
const folded = (text) => text.normalize("NFKC").toLocaleLowerCase();

export class Mentioning {
  #start = -1; // where the @ stands that is being completed

  /**
   * @param {{field: HTMLTextAreaElement, box: HTMLElement, people: () => import("./members.js").Member[]}} options
   *   `box` holds the list; `people` are those who can be named, in the order in which they are offered
   */
  constructor({ field, box, people }) {
    this.field = field;
    this.box = box;
    this.list = /** @type {HTMLElement} */ (box.querySelector("[role=listbox]"));
    this.people = people;
    field.addEventListener("input", () => this.#look());
    field.addEventListener("click", () => this.#look());
    field.addEventListener("blur", () => this.close());
    // Before the composer, for which Enter means to send.
    field.form?.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    box.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus, and a phone's keyboard, stay
    box.addEventListener("click", (event) => this.#choose(event.target.closest("[role=option]")));
  }

  /** Begins to name somebody, from a menu. @param {string} name */
  insert(name) {
    const { field } = this;
    const before = field.value.slice(0, field.selectionStart);
    this.field.focus();
    this.#write(`${before && !/\s$/.test(before) ? " " : ""}@${name} `, field.selectionStart, field.selectionEnd);
  }

  close() {
    this.box.hidden = true;
    this.#start = -1;
    for (const name of ["role", "aria-expanded", "aria-controls", "aria-activedescendant"]) {
      this.field.removeAttribute(name);
    }
  }

  /** What stands between the last @ and the caret, if that can become a name. */
  #query() {
    const { value, selectionStart: caret, selectionEnd } = this.field;
    const start = Math.max(value.lastIndexOf("@", caret - 1), value.lastIndexOf("＠", caret - 1));
    const query = value.slice(start + 1, caret);
    const isName = start >= 0 && caret === selectionEnd && !(start > 0 && WORD.test(value[start - 1]));
    if (!isName || query.length > LONGEST || query.includes("\n") || query.startsWith(" ")) return null;
    return { start, query: folded(query) };
  }

  #look() {
    const asked = this.#query();
    const found = asked ? this.#matching(asked.query) : [];
    if (!found.length) return this.close();
    this.#start = asked.start;
    this.list.replaceChildren(...found.map((member, at) => this.#option(member, at)));
    this.box.hidden = false;
    this.field.setAttribute("role", "combobox");
    this.field.setAttribute("aria-expanded", "true");
    this.field.setAttribute("aria-controls", this.list.id);
    this.#select(0);
  }

  /** Whose name begins with it, then those of whom a later word does. A name that is complete needs no list. */
  #matching(query) {
    const people = this.people().map((member) => ({ member, name: folded(member.nickname) }));
    const first = people.filter(({ name }) => name.startsWith(query));
    if (first.length < 2 && people.some(({ name }) => name === query.trimEnd())) return [];
    const later = people.filter(({ name }) => !name.startsWith(query) && name.includes(` ${query}`));
    return [...first, ...later].slice(0, MOST).map(({ member }) => member);
  }

  #option(member, at) {
    const option = fromTemplate("mention-template");
    option.id = `mention-${at}`;
    option.dataset.name = member.nickname;
    part(option, "name").textContent = member.nickname;
    part(option, "guest").hidden = member.kind !== "guest";
    drawAvatar(/** @type {HTMLElement} */ (option.querySelector(".avatar")), member.nickname, member.avatar);
    return option;
  }

  get #options() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }

  get #selected() {
    return this.#options.find((option) => option.ariaSelected === "true");
  }

  #select(at) {
    const options = this.#options;
    const chosen = options[(at + options.length) % options.length];
    for (const option of options) option.ariaSelected = String(option === chosen);
    chosen.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", chosen.id);
  }

  #key(event) {
    if (this.box.hidden || event.isComposing) return;
    const at = this.#options.indexOf(this.#selected);
    const acts = {
      ArrowDown: () => this.#select(at + 1),
      ArrowUp: () => this.#select(at - 1),
      Enter: () => this.#choose(this.#selected),
      Tab: () => this.#choose(this.#selected),
      Escape: () => this.close(),
    };
    if (!(event.key in acts) || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  #choose(option) {
    if (!option) return;
    const start = this.#start;
    this.close();
    this.#write(`@${option.dataset.name} `, start, this.field.selectionStart);
  }

  #write(text, from, to) {
    this.field.setRangeText(text, from, to, "end");
    this.field.dispatchEvent(new Event("input", { bubbles: true })); // it grows, and is kept
    this.close();
  }
}
