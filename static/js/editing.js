// Changing and deleting messages, in place and from the keyboard.

import { grow, isSendKey, tooLong } from "./composer.js";
import { writtenIn } from "./markup.js";
import { fromTemplate, part } from "./people.js";
import { Refusal } from "./socket.js";
import { word } from "./words.js";

/** What went wrong, as a sentence. @param {unknown} error */
export const sentence = (error) => (error instanceof Refusal ? error.message : word("try-when-back"));

export class Editing {
  /**
   * @param {{socket: import("./socket.js").PlazaSocket, timeline: import("./timeline.js").Timeline,
   *   scroll: import("./scroll.js").Scroll, leave: () => void}} options `leave`: where the focus goes afterwards
   */
  constructor({ socket, timeline, scroll, leave }) {
    this.socket = socket;
    this.timeline = timeline;
    this.scroll = scroll;
    this.leave = leave;
    this.dialog = /** @type {HTMLDialogElement} */ (document.getElementById("delete-dialog"));
    this.dialog.querySelector('[data-action="confirm"]').addEventListener("click", () => this.#delete());
  }

  /** @param {HTMLElement} row */
  edit(row) {
    if (row.classList.contains("is-edited-now")) return;
    const form = /** @type {HTMLFormElement} */ (fromTemplate("edit-template"));
    const field = form.querySelector("textarea");
    field.value = writtenIn(part(row, "body"));
    field.ariaLabel = word("edit-label");
    form.addEventListener("submit", (event) => this.#save(event, row, form, field));
    form.addEventListener("keydown", (event) => this.#key(event, row, form));
    form.querySelector('[data-action="cancel"]').addEventListener("click", () => this.#close(row, form));
    field.addEventListener("input", () => grow(field));
    this.scroll.keep(() => {
      row.classList.add("is-edited-now");
      part(row, "body").after(form);
      grow(field);
    });
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  /** @param {HTMLElement} row */
  askToDelete(row) {
    this.dialog.dataset.message = row.dataset.id;
    part(this.dialog, "quote").textContent = part(row, "body").textContent;
    part(this.dialog, "error").hidden = true;
    this.dialog.showModal();
  }

  #key(event, row, form) {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.#close(row, form);
    } else if (isSendKey(event) && event.target instanceof HTMLTextAreaElement) {
      event.preventDefault();
      form.requestSubmit();
    }
  }

  async #save(event, row, form, field) {
    event.preventDefault();
    const body = field.value.trim();
    if (body === writtenIn(part(row, "body"))) {
      this.#close(row, form);
    } else if (!body) {
      this.askToDelete(row);
    } else if (tooLong(body)) {
      this.#complain(form, tooLong(body));
    } else {
      await this.#send(row, form, body);
    }
  }

  async #send(row, form, body) {
    const save = form.querySelector('[type="submit"]');
    save.disabled = true;
    try {
      const { message } = await this.socket.request("edit", { message: row.dataset.id, body });
      if (message) this.timeline.upsert(message);
      this.#close(row, form);
    } catch (error) {
      this.#complain(form, sentence(error)); // the text stays where it was typed
    } finally {
      save.disabled = false;
    }
  }

  #complain(form, text) {
    const error = part(form, "error");
    error.textContent = text;
    error.hidden = false;
  }

  #close(row, form) {
    this.scroll.keep(() => {
      row.classList.remove("is-edited-now");
      form.remove();
    });
    this.leave();
  }

  async #delete() {
    const error = part(this.dialog, "error");
    const row = this.timeline.row(this.dialog.dataset.message);
    try {
      const { message } = await this.socket.request("delete", { message: this.dialog.dataset.message });
      if (message) this.timeline.upsert(message);
      this.dialog.close();
      if (row) this.#forget(row);
    } catch (refused) {
      error.textContent = sentence(refused);
      error.hidden = false;
    }
  }

  #forget(row) {
    const form = row.querySelector(".message-edit");
    if (form) this.#close(row, form);
    this.leave();
  }
}
