// Older messages, fetched as the reader comes near the top.

import { part } from "./people.js";

const PAGE = 50;

export class History {
  #loading = false;
  #hasOlder;

  /**
   * @param {{channel: string, hasOlder: boolean, scroll: import("./scroll.js").Scroll,
   *   timeline: import("./timeline.js").Timeline}} options
   */
  constructor({ channel, hasOlder, scroll, timeline }) {
    this.channel = channel;
    this.scroll = scroll;
    this.timeline = timeline;
    this.#hasOlder = hasOlder;
    this.sign = /** @type {HTMLElement} */ (document.getElementById("older"));
    this.sign.querySelector('[data-action="older"]').addEventListener("click", () => this.#load());
    const near = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && this.#load(), {
      root: scroll.element,
      rootMargin: "800px 0px 0px",
    });
    near.observe(this.sign);
    this.near = near;
  }

  async #load() {
    const before = this.timeline.firstSeq;
    if (this.#loading || !this.#hasOlder || before === null) return;
    this.#loading = true;
    this.#say({ failed: false });
    try {
      const { results, next } = await this.#fetch(before);
      this.#hasOlder = Boolean(next);
      this.scroll.keep(() => this.#show(results));
    } catch {
      this.#say({ failed: true });
      return;
    } finally {
      this.#loading = false;
    }
    this.near.unobserve(this.sign); // asks again whether the top is near
    this.near.observe(this.sign);
  }

  async #fetch(before) {
    const address = `/api/v1/channels/${encodeURIComponent(this.channel)}/messages?before=${before}&limit=${PAGE}`;
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  #show(messages) {
    for (const message of messages) this.timeline.upsert(message);
    this.sign.hidden = !this.#hasOlder;
    document.getElementById("start").hidden = this.#hasOlder;
  }

  #say({ failed }) {
    part(this.sign, "failed").hidden = !failed;
    part(this.sign, "loading").hidden = failed;
  }
}
