// A room ends by the server's clock: two warnings before, and the end itself also where nobody can be told of it.

import { part } from "./people.js";
import { serverNow } from "./server_clock.js";
import { word } from "./words.js";

const MINUTE = 60_000;
const WARNINGS = [10, 1]; // minutes before the end
const GRACE = 2_000; // for the server to say it first

export class Ending {
  #said = 0;

  /**
   * @param {{banner: HTMLElement, at: Date, onEnd: () => void}} options
   */
  constructor({ banner, at, onEnd }) {
    this.banner = banner;
    this.at = at;
    this.onEnd = onEnd;
    part(banner, "close").addEventListener("click", () => {
      banner.hidden = true;
    });
    this.timer = setInterval(() => this.#look(), 1_000);
    this.#look();
  }

  stop() {
    clearInterval(this.timer);
  }

  #look() {
    const left = this.at.getTime() - serverNow();
    const due = WARNINGS.findLast((minutes) => left <= minutes * MINUTE);
    if (left < -GRACE) this.onEnd();
    else if (due && due !== this.#said) this.#warn(due);
  }

  #warn(minutes) {
    this.#said = minutes;
    this.banner.hidden = false;
    part(this.banner, "text").textContent = word(`ending-${minutes}`);
  }
}
