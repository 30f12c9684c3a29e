// The scrolled part of the room. It is a reversed column: scrollTop is 0 at the newest and negative above.

const NEAR = 48;

export class Scroll {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  get atBottom() {
    return this.element.scrollTop > -NEAR;
  }

  toBottom() {
    this.element.scrollTop = 0;
  }

  /** Changes the content; what is being read stays where it is. @param {() => void} change */
  keep(change) {
    if (this.atBottom) {
      change();
      this.toBottom();
      return;
    }
    const anchor = this.#firstInSight();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) this.element.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  #firstInSight() {
    const box = this.element.getBoundingClientRect();
    for (let y = box.top + 2; y < box.bottom; y += 24) {
      const row = document.elementFromPoint(box.left + box.width / 2, y)?.closest("[data-id]");
      if (row && this.element.contains(row)) return row;
    }
    return null;
  }
}
