// Whether anybody looks at this page. Who is idle on all their pages is shown as absent.

const IDLE_AFTER = 5 * 60_000;
const LOOK_EVERY = 10_000;
const INPUT = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"];

export class IdleWatch {
  #socket;
  #lastInput = Date.now();
  #idle = false;

  /** @param {import("./socket.js").PlazaSocket} socket that is told */
  constructor(socket) {
    this.#socket = socket;
    for (const kind of INPUT) addEventListener(kind, () => this.#onInput(), { passive: true, capture: true });
    // A hidden page gets no input, so it falls idle by itself.
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#onInput());
    setInterval(() => this.#look(), LOOK_EVERY);
    socket.addEventListener("state", ({ detail }) => detail.state === "open" && this.#idle && this.#tell());
  }

  #onInput() {
    this.#lastInput = Date.now();
    if (this.#idle) this.#set(false);
  }

  #look() {
    if (!this.#idle && Date.now() - this.#lastInput >= IDLE_AFTER) this.#set(true);
  }

  #set(idle) {
    this.#idle = idle;
    this.#tell();
  }

  #tell() {
    this.#socket.request("status", { idle: this.#idle }).catch(() => {}); // the next connection is told again
  }
}
