// What was sent but not confirmed, and what is being written: kept in the browser, so that a reload loses nothing.

const DAY = 24 * 60 * 60_000;
const UNSENT = "plaza.unsent.";

/** @typedef {{nonce: string, body: string, at: number}} Unsent */

const storage = (() => {
  try {
    return window.localStorage;
  } catch {
    return null; // switched off: it then lasts as long as the page
  }
})();

function write(key, value) {
  try {
    storage?.setItem(key, value);
  } catch {
    // full
  }
}

/** What nobody came back for, of places that may be long gone. */
function forgetOld() {
  for (const key of Object.keys(storage ?? {})) {
    if (!key.startsWith(UNSENT)) continue;
    const { at } = /** @type {Unsent} */ (JSON.parse(storage.getItem(key)));
    if (Date.now() - at >= DAY) storage.removeItem(key);
  }
}

export class Outbox {
  #prefix;

  /** @param {string} channel @param {string} me whose seat it is: nothing is sent in another's name */
  constructor(channel, me) {
    this.#prefix = `${UNSENT}${channel}.${me}.`;
    forgetOld();
  }

  /** @param {Unsent} unsent */
  add(unsent) {
    write(this.#prefix + unsent.nonce, JSON.stringify(unsent));
  }

  /** @param {string} nonce */
  remove(nonce) {
    storage?.removeItem(this.#prefix + nonce);
  }

  /** In the order of writing. @returns {Unsent[]} */
  all() {
    const keys = Object.keys(storage ?? {}).filter((key) => key.startsWith(this.#prefix));
    return keys.map((key) => /** @type {Unsent} */ (JSON.parse(storage.getItem(key)))).sort((a, b) => a.at - b.at);
  }
}

export class Draft {
  #key;

  /** @param {string} channel @param {string} person at a shared computer nobody reads what another was writing */
  constructor(channel, person) {
    this.#key = `plaza.draft.${channel}.${person}`;
  }

  get text() {
    return storage?.getItem(this.#key) ?? "";
  }

  set text(text) {
    if (text.trim()) write(this.#key, text);
    else storage?.removeItem(this.#key);
  }
}

/** 128 random bits. (crypto.randomUUID exists on secure pages only.) */
export function makeNonce() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
