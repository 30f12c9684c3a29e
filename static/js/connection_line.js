// Says when the connection is away, and when it is back; a short break is not worth a word.

import { word } from "./words.js";

const PATIENCE = 1_200;
const SAID_FOR = 2_500;

export class ConnectionLine {
  #timer = 0;
  #isOver = false;

  /**
   * @param {HTMLElement} line
   * @param {import("./socket.js").PlazaSocket} socket
   * @param {{onOpen: () => void, onLost: () => void, onRefused: (code: number) => void}} listeners `onLost` after a while
   */
  constructor(line, socket, listeners) {
    this.line = line;
    this.listeners = listeners;
    socket.addEventListener("state", ({ detail }) => this.#onState(detail));
  }

  stop() {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #onState({ state, code }) {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    if (state === "refused") this.listeners.onRefused(code);
    else if (state === "open") this.#connected();
    else this.#timer = setTimeout(() => this.#disconnected(state), PATIENCE);
  }

  #connected() {
    if (!this.line.hidden) {
      this.#show("back", true);
      this.#timer = setTimeout(() => {
        this.line.hidden = true;
      }, SAID_FOR);
    }
    this.listeners.onOpen();
  }

  #disconnected(state) {
    const first = !this.line.textContent && state === "connecting";
    this.#show(first ? "connecting" : "offline", false);
    this.listeners.onLost();
  }

  #show(name, good) {
    this.line.textContent = word(name);
    this.line.classList.toggle("is-good", good);
    this.line.hidden = false;
  }
}
