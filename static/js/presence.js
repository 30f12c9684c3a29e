// How people are here: whether anybody looks at this page, and what those whom it shows are at this moment.

import { setStatus } from "./people.js";

const MOST_WATCHED = 100; // as the server has it
const IDLE_AFTER = 5 * 60_000;
const LOOK_EVERY = 10_000;
const INPUT = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"];

/** Who is idle on all their pages is shown as absent. */
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

/** Keeps every avatar with `data-person` as that person is now. Rooms do so themselves, by their members. */
export class ShownPeople {
  #asked = "";
  #socket;

  /** @param {import("./socket.js").PlazaSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.addEventListener("op:hello", ({ detail }) => this.#onHello(detail));
    socket.addEventListener("op:presence", ({ detail }) => this.#show(detail.user, detail.status));
    document.addEventListener("htmx:load", () => void this.#watch());
  }

  #onHello({ user }) {
    if (user) this.#show(user.id, user.status);
    this.#asked = "";
    void this.#watch();
  }

  /** Of oneself one is told anyway. */
  async #watch() {
    const shown = new Set([...document.querySelectorAll(".avatar[data-person]")].map((one) => one.dataset.person));
    shown.delete(document.body.dataset.user);
    const people = [...shown].slice(0, MOST_WATCHED);
    if (this.#asked === people.join()) return;
    this.#asked = people.join();
    try {
      await this.#socket.request("watch", { people }, ({ presence }) => this.#showAll(presence));
    } catch {
      this.#asked = ""; // the next connection asks again
    }
  }

  #showAll(presence) {
    for (const { user, status } of presence) this.#show(user, status);
  }

  #show(person, status) {
    for (const avatar of document.querySelectorAll(`.avatar[data-person="${person}"]`)) setStatus(avatar, status);
  }
}
