// "bob is writing…": told while one writes, and shown above the composer. It is stored nowhere.

import { word } from "./words.js";

const TELL_EVERY = 5_000;
const SHOWN_FOR = 6_000;

export class Typing {
  /** @type {Map<string, {name: string, timer: number}>} by member */
  #writers = new Map();
  #toldAt = -TELL_EVERY;

  /**
   * @param {{socket: import("./socket.js").PlazaSocket, channel: string, field: HTMLTextAreaElement,
   *   line: HTMLElement}} options `line`: where it stands. It is no live region: it would talk into what one writes
   */
  constructor({ socket, channel, field, line }) {
    this.socket = socket;
    this.channel = channel;
    this.field = field;
    this.line = line;
    field.addEventListener("input", () => this.#tell());
    socket.addEventListener("op:typing", ({ detail }) => detail.channel === channel && this.#heard(detail));
  }

  /** Somebody has said something, or has gone. @param {string} member */
  stop(member) {
    clearTimeout(this.#writers.get(member)?.timer);
    if (this.#writers.delete(member)) this.#show();
  }

  /** One has said it: what one writes next is told at once. */
  sent() {
    this.#toldAt = -TELL_EVERY;
  }

  #tell() {
    const now = performance.now();
    if (!this.field.value.trim() || this.socket.state !== "open" || now - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = now;
    this.socket.request("typing", { channel: this.channel }).catch(() => {}); // nobody misses it
  }

  #heard({ member, name }) {
    clearTimeout(this.#writers.get(member)?.timer);
    this.#writers.set(member, { name, timer: setTimeout(() => this.stop(member), SHOWN_FOR) });
    this.#show();
  }

  #show() {
    const [one, other, third] = [...this.#writers.values()].map((writer) => writer.name);
    if (third) this.line.textContent = word("typing-many");
    else if (other) this.line.textContent = word("typing-two", { name: one, other });
    else this.line.textContent = one ? word("typing-one", { name: one }) : "";
  }
}
