// The emoji popover (templates/_emoji.html). A button with popovertarget="emoji" opens it. The choice goes into the
// field whose id is in its data-emoji, and is told to who listens for "emoji" on the button (event.detail).

const COLUMNS = 8; // as in static/css/emoji.css
const MOST_FOUND = 96;
const KEY = "plaza.emoji";
const MOST_RECENT = 16;

/** @typedef {{emoji: string, name: string, words: string}} Emoji */

const popover = /** @type {HTMLElement} */ (document.getElementById("emoji"));
const part = (name) => /** @type {HTMLElement} */ (popover.querySelector(`[data-part="${name}"]`));
const search = /** @type {HTMLInputElement} */ (part("search"));
const grid = part("grid");
/** @type {Emoji[][]} */
let groups = [];
/** @type {HTMLElement | null} */
let opener = null;
let loading = null;

function recent() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]").filter((one) => typeof one === "string");
  } catch {
    return []; // storage may be switched off, or hold something else
  }
}

/** @param {string} emoji */
function remember(emoji) {
  try {
    const kept = [emoji, ...recent().filter((one) => one !== emoji)].slice(0, MOST_RECENT);
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // then it is forgotten with the page
  }
}

/** Flags have no names in the lists of other languages; browsers know those of countries. @param {string} emoji */
function flagName(emoji) {
  const letters = [...emoji].map((one) => one.codePointAt(0) - 0x1f1e6 + 65);
  if (letters.length !== 2 || letters.some((one) => one < 65 || one > 90)) return undefined;
  return new Intl.DisplayNames(document.documentElement.lang, { type: "region" }).of(String.fromCharCode(...letters));
}

async function load() {
  const addresses = [popover.dataset.list, popover.dataset.names].filter(Boolean);
  const [english, names = {}] = await Promise.all(addresses.map(async (one) => (await fetch(one)).json()));
  const other = popover.dataset.names !== "";
  const draw = ([emoji, label, tags]) => {
    const [own, words] = names[emoji] ?? [other ? flagName(emoji) : undefined, ""];
    const name = own ?? label;
    return { emoji, name, words: [name, words, label, tags].join(" ").toLocaleLowerCase() };
  };
  groups = english.map((group) => group.map(draw));
}

/** @param {string} title @param {Emoji[]} some */
function section(title, some) {
  if (some.length === 0) return [];
  const head = document.createElement("p");
  head.className = "emoji-title eyebrow";
  head.textContent = title;
  const list = document.createElement("div");
  list.className = "emoji-group";
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", title);
  for (const { emoji, name } of some) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "emoji-one", textContent: emoji, tabIndex: -1 });
    button.setAttribute("aria-label", name);
    button.dataset.name = name;
    list.append(button);
  }
  return [head, list];
}

/** Shows one group, what was used lately before the first; or what was searched for. @param {number} [chosen] */
function show(chosen = 0) {
  const wanted = search.value.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const tabs = [...popover.querySelectorAll("[data-group]")];
  for (const [number, tab] of tabs.entries())
    tab.setAttribute("aria-pressed", String(!wanted.length && number === chosen));
  const all = groups.flat();
  let sections;
  if (wanted.length) {
    const found = all.filter((one) => wanted.every((word) => one.words.includes(word))).slice(0, MOST_FOUND);
    sections = section(popover.dataset.found, found);
  } else {
    const lately = recent()
      .map((emoji) => all.find((one) => one.emoji === emoji))
      .filter(Boolean);
    const title = tabs[chosen].getAttribute("aria-label");
    sections = [...(chosen === 0 ? section(popover.dataset.recent, lately) : []), ...section(title, groups[chosen])];
  }
  grid.replaceChildren(...sections);
  grid.scrollTop = 0;
  part("none").hidden = sections.length > 0;
  const first = grid.querySelector("button");
  if (first) first.tabIndex = 0;
  tell(first);
}

/** @param {Element | null} button */
function tell(button) {
  part("name").textContent = button?.dataset.name ?? "";
}

async function opened() {
  if (opener) place(opener.getBoundingClientRect());
  search.value = "";
  search.focus();
  loading ??= load();
  try {
    await loading;
    show();
  } catch {
    loading = null; // the next opening tries again
    part("none").hidden = false;
  }
}

/** @param {DOMRect} beside */
function place(beside) {
  const { width, height } = popover.getBoundingClientRect();
  const room = document.documentElement;
  const top = beside.top - height - 8;
  const left = Math.min(room.clientWidth - width - 8, Math.max(8, beside.right - width));
  popover.style.left = `${left}px`;
  popover.style.top = `${top < 8 ? Math.max(8, Math.min(beside.bottom + 8, room.clientHeight - height - 8)) : top}px`;
}

/** @param {string} emoji */
function give(emoji) {
  remember(emoji);
  popover.hidePopover();
  const field = document.getElementById(opener?.dataset.emoji ?? "");
  if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) {
    field.focus();
    field.setRangeText(emoji, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  } else {
    opener?.focus();
  }
  opener?.dispatchEvent(new CustomEvent("emoji", { detail: emoji, bubbles: true }));
}

/** The arrows go over the grid as it is seen. @param {KeyboardEvent} event */
function move(event) {
  const all = /** @type {HTMLElement[]} */ ([...grid.querySelectorAll("button")]);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (event.target === search && event.key !== "ArrowDown") return;
  const forward = document.documentElement.dir === "rtl" ? -1 : 1;
  const places = {
    ArrowRight: at + forward,
    ArrowLeft: at - forward,
    ArrowDown: at + COLUMNS,
    ArrowUp: at - COLUMNS,
    Home: 0,
    End: all.length - 1,
  };
  if (!(event.key in places)) return;
  event.preventDefault();
  if (at >= 0 && places[event.key] < 0) return search.focus();
  const next = at < 0 ? all[0] : all[Math.min(places[event.key], all.length - 1)];
  if (!next) return;
  for (const one of all) one.tabIndex = one === next ? 0 : -1;
  next.focus();
  tell(next);
}

popover.addEventListener("keydown", (event) => {
  const inGrid = event.target === search || grid.contains(/** @type {Node} */ (event.target));
  if (inGrid) move(event);
  if (event.key === "Enter" && event.target === search) {
    event.preventDefault();
    grid.querySelector("button")?.click();
  }
});
popover.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const one = target.closest(".emoji-one");
  const group = target.closest("[data-group]");
  if (one) give(one.textContent ?? "");
  if (group instanceof HTMLElement) {
    search.value = "";
    show(Number(group.dataset.group));
  }
});
grid.addEventListener("pointerover", (event) => tell(/** @type {Element} */ (event.target).closest(".emoji-one")));
search.addEventListener("input", () => show());
popover.addEventListener("toggle", (event) => {
  opener?.setAttribute("aria-expanded", String(event.newState === "open"));
  if (event.newState === "open") void opened();
  else if (popover.contains(document.activeElement)) opener?.focus();
});
// Before the button's own popovertarget acts.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-emoji]") : null;
  if (button instanceof HTMLElement) opener = button;
});
