// Where one writes: Enter sends, Shift+Enter begins a line, the field grows, the limit shows when it is near.

import { word } from "./words.js";

const LONGEST = 4000;
const SHOWN_FROM = 3700;

/** As the server counts: code points, without the space around. @param {string} text */
const lengthOf = (text) => [...text.trim()].length;

/**
 * Enter submits the field's form, unless it ends the composing of a word or Shift is held.
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
export const isSendKey = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing;

/** Grows with its text also where `field-sizing` is unknown. @param {HTMLTextAreaElement} field */
export function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight + 2}px`;
}

/** The sentence that says a text is too long, or nothing. @param {string} text */
export function tooLong(text) {
  const over = lengthOf(text) - LONGEST;
  return over > 0 ? word("too-long", { count: over }) : "";
}

export class Composer {
  /** @type {Set<string>} the names of the sentences that say why */
  #blocks = new Set();

  /**
   * @param {HTMLFormElement} form
   * @param {{draft: import("./outbox.js").Draft, onSend: (body: string) => void, onUp: () => void}} options
   *   `onUp`: the arrow up was pressed in the empty field
   */
  constructor(form, { draft, onSend, onUp }) {
    this.form = form;
    this.field = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("body"));
    this.note = /** @type {HTMLElement} */ (document.getElementById("composer-note"));
    this.draft = draft;
    this.onSend = onSend;
    if (!this.field.value) this.field.value = draft.text;
    form.addEventListener("submit", (event) => this.#submit(event));
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("keydown", (event) => this.#key(event, onUp));
    if (form.dataset.blocked) this.#blocks.add(form.dataset.blocked);
    this.#show();
  }

  /**
   * Whoever may not write sees why instead of the field, and keeps what they wrote.
   * @param {"blocked" | "cut-off"} why the name of the sentence
   * @param {boolean} is whether it is so now
   */
  block(why, is) {
    if (this.#blocks.has(why) === is) return;
    if (is) this.#blocks.add(why);
    else this.#blocks.delete(why);
    this.#show();
  }

  get blocked() {
    return this.#blocks.size > 0;
  }

  focus() {
    this.field.focus();
  }

  get text() {
    return this.field.value;
  }

  #show() {
    this.form.hidden = this.blocked;
    this.#advise();
  }

  #submit(event) {
    event.preventDefault();
    const body = this.field.value.trim();
    if (!body || this.blocked || tooLong(body)) return;
    this.field.value = "";
    this.#changed();
    this.onSend(body);
    this.focus();
  }

  #key(event, onUp) {
    if (isSendKey(event)) {
      event.preventDefault();
      this.form.requestSubmit();
    } else if (event.key === "ArrowUp" && !this.field.value) {
      event.preventDefault();
      onUp();
    }
  }

  #changed() {
    this.draft.text = this.field.value; // when somebody types alone: another window may have more of it
    this.#advise();
  }

  #advise() {
    const text = this.field.value;
    const [why] = this.#blocks;
    const wrong = why ? word(why) : tooLong(text);
    const left = LONGEST - lengthOf(text);
    this.note.textContent = wrong || (left <= LONGEST - SHOWN_FROM ? word("left-over", { count: left }) : "");
    this.note.classList.toggle("is-bad", Boolean(wrong));
    this.field.setAttribute("aria-invalid", String(Boolean(wrong)));
    grow(this.field);
  }
}
