// The list of the places that one is in, beside the talk: where something waits, and how long a room has left.

import { drawAvatar, fromTemplate, part } from "./people.js";
import { shown, unread } from "./unread.js";
import { timeLeft } from "./words.js";

const MOST_LISTED = 50;

class Places {
  /** @param {HTMLElement} group with its list; `data-address` is that of a place, `data-kind` which ones are here */
  constructor(group) {
    this.group = group;
    this.list = part(group, "list");
    unread.addEventListener("change", () => this.#show());
  }

  #show() {
    const { kind } = this.group.dataset;
    const here = [...unread.places.values()].filter((place) => (place.space.kind === "direct") === (kind === "direct"));
    const kept = new Set(here.slice(0, MOST_LISTED).map((place) => place.channel));
    for (const row of [...this.list.children]) {
      if (!kept.has(row.dataset.channel)) row.remove();
    }
    for (const place of here.slice(0, MOST_LISTED)) this.#draw(this.#row(place), place);
    this.group.hidden = this.list.children.length === 0;
  }

  /** Where a row is it stays, whatever is said there: nobody wants to chase it. */
  #row({ channel }) {
    const known = [...this.list.children].find((row) => row.dataset.channel === channel);
    if (known) return known;
    const row = fromTemplate("place-template");
    row.dataset.channel = channel;
    this.list.prepend(row);
    return row;
  }

  #draw(row, place) {
    const { slug, name, expires_at: end } = place.space;
    const said = name || place.people.map((person) => person.name).join(", ");
    const link = part(row, "link");
    link.href = (this.group.dataset.address ?? "").replace("SLUG", slug);
    if (place.channel === unread.current) link.setAttribute("aria-current", "page");
    if (part(row, "name").textContent !== said) {
      part(row, "name").textContent = said;
      drawAvatar(part(row, "avatar"), said);
    }
    this.#drawEnd(part(row, "left"), end);
    const count = place.muted ? place.mentions : place.unread;
    row.classList.toggle("is-unread", count > 0);
    part(row, "unread").hidden = count === 0;
    part(row, "count").textContent = shown(count);
    part(row, "mentioned").hidden = place.mentions === 0;
  }

  /** A new row's; from then on page.js keeps it true. */
  #drawEnd(left, end) {
    const time = left.querySelector("time");
    left.hidden = !end;
    if (!end || time.textContent) return;
    time.setAttribute("datetime", end);
    time.textContent = timeLeft(new Date(end), time.dataset.timeLeft);
  }
}

for (const group of document.querySelectorAll("[data-places]")) new Places(/** @type {HTMLElement} */ (group));
unread.follow();
