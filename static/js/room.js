// The room page: puts its parts together. What each does is in its own module.

import { Composer } from "./composer.js";
import { Editing, sentence } from "./editing.js";
import { History } from "./history.js";
import { Members } from "./members.js";
import { Draft, makeNonce, Outbox } from "./outbox.js";
import { fromTemplate, part } from "./people.js";
import { IdleWatch } from "./presence.js";
import { Scroll } from "./scroll.js";
import { PlazaSocket } from "./socket.js";
import { Timeline } from "./timeline.js";
import { hasWord, word } from "./words.js";

const PATIENCE = 1_200; // a shorter break in the connection is not worth a word
const SAID_FOR = 2_500;
const SPREAD = 3_000; // over which a room's people ask again after a restart
const FRESH = 3_000; // for so long what the server drew is taken for true
const REASONS = { room_gone: "expired", gone: "expired", not_found: "forbidden" };
const REFUSED = { 4400: "protocol", 4401: "signin", 4403: "barred" };
const WAYS = { left: "room", forbidden: "room", expired: "open", closed: "open", signin: "signin", protocol: "reload" };

class Room {
  #over = false;
  #stateTimer = 0;
  #membersTimer = 0;
  #wasOpen = false;

  /** @param {HTMLElement} main */
  constructor(main) {
    const { channel = "", me = "", role, head, hasOlder } = main.dataset;
    this.main = main;
    this.channel = channel;
    this.me = me;
    this.newButton = this.#part("new-messages");
    this.scroll = new Scroll(this.#part("scroll"), { onBottom: () => this.#seen() });
    this.timeline = new Timeline(this.#part("messages"), { me, mayDeleteAll: role === "owner" });
    this.members = new Members({ online: this.#part("online"), offline: this.#part("offline") }, me);
    this.history = new History({
      channel,
      hasOlder: hasOlder === "true",
      scroll: this.scroll,
      timeline: this.timeline,
    });
    this.outbox = new Outbox(channel, me);
    this.draft = new Draft(channel);
    this.composer = new Composer(/** @type {HTMLFormElement} */ (this.#part("composer")), {
      draft: this.draft,
      onSend: (body) => this.#say({ nonce: makeNonce(), body, at: Date.now() }),
      onUp: () => this.timeline.lastOwn && this.editing.edit(this.timeline.lastOwn),
    });
    this.socket = new PlazaSocket();
    this.idle = new IdleWatch(this.socket);
    this.editing = new Editing({
      socket: this.socket,
      timeline: this.timeline,
      scroll: this.scroll,
      leave: () => this.composer.focus(),
    });
    this.#listen(Number(head));
  }

  #part(id) {
    return /** @type {HTMLElement} */ (document.getElementById(id));
  }

  #listen(head) {
    this.main.addEventListener("click", (event) => this.#onClick(event));
    this.scroll.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.newButton.addEventListener("click", () => this.#toNewest());
    this.socket.addEventListener("state", (event) => this.#onState(event.detail));
    this.socket.addEventListener("self", (event) => this.#onSelf(event.detail));
    this.socket.subscribe(this.channel, {
      after: head,
      onChange: (message) => this.#onChange(message),
      onMember: (member) => this.#onMember(member),
      onPresence: ({ member, status }) => this.members.setStatus(member, status),
      onOut: (reason) => this.#leave(REASONS[reason] ?? reason),
    });
    this.socket.connect();
    for (const unsent of this.outbox.all()) this.#say(unsent);
    if (matchMedia("(pointer: fine)").matches) this.composer.focus();
  }

  // --- Talking ---

  async #say(unsent) {
    this.outbox.add(unsent);
    this.timeline.addPending({ ...unsent, author: this.members.self });
    this.scroll.toBottom();
    if (this.socket.state !== "open") this.timeline.setFate(unsent.nonce, word("waiting"));
    try {
      const message = await this.socket.send(this.channel, unsent.body, unsent.nonce);
      this.outbox.remove(unsent.nonce);
      this.#onChange(message);
    } catch (error) {
      this.timeline.setFate(unsent.nonce, word("not-sent", { reason: sentence(error) }), true);
    }
  }

  #onChange(message) {
    let isNew = false;
    const wasAtBottom = this.scroll.atBottom;
    this.scroll.keep(() => {
      isNew = this.timeline.upsert(message);
    });
    if (message.nonce) this.outbox.remove(message.nonce);
    if (!isNew || message.deleted_at || message.author.id === this.me) return;
    const said = part(this.timeline.row(message.id), "body").textContent; // read aloud without the signs of its markup
    this.#part("announcer").textContent = word("announce", { name: message.author.name, text: said });
    this.newButton.hidden = wasAtBottom;
  }

  #onMember(member) {
    this.members.upsert(member);
    this.timeline.rename(member);
    if (member.id === this.me) this.composer.block(member.state === "blocked");
  }

  #onSelf(presence) {
    this.members.setStatus(this.me, presence.status);
    document.dispatchEvent(new CustomEvent("plaza:status", { detail: presence })); // for the account menu
  }

  /** Joins and statuses are in no log: after a break they are asked for, by everybody in the room, not all at once. */
  #askWhoIsHere() {
    clearTimeout(this.#membersTimer);
    this.#membersTimer = setTimeout(() => this.#fetchMembers().catch(() => {}), Math.random() * SPREAD);
  }

  async #fetchMembers() {
    const found = [];
    let next = `/api/v1/rooms/${this.main.dataset.slug}/members?limit=100`;
    while (next && !this.#over) {
      const answer = await fetch(next, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const page = await answer.json();
      found.push(...page.results);
      next = page.next;
    }
    if (!this.#over) this.members.replace(found);
  }

  #toNewest() {
    this.scroll.toBottom();
    this.#seen();
    this.composer.focus();
  }

  #seen() {
    this.newButton.hidden = true;
  }

  #onClick(event) {
    const button = event.target.closest?.("[data-action]");
    const row = button?.closest(".message");
    if (!row) return;
    const { nonce = "" } = row.dataset;
    if (button.dataset.action === "edit") this.editing.edit(row);
    else if (button.dataset.action === "delete") this.editing.askToDelete(row);
    else if (button.dataset.action === "discard") this.#discard(nonce);
    else if (button.dataset.action === "retry") this.#retry(nonce);
  }

  #discard(nonce) {
    this.outbox.remove(nonce);
    this.timeline.discard(nonce);
    this.composer.focus();
  }

  #retry(nonce) {
    const unsent = this.outbox.all().find((one) => one.nonce === nonce);
    if (unsent) void this.#say(unsent);
    this.composer.focus();
  }

  /** Up and down go from message to message, Tab from there to what can be done with one. */
  #onKey(event) {
    const row = event.target;
    if (row === this.scroll.element && event.key === "ArrowUp") this.timeline.list.lastElementChild?.focus();
    if (!row.matches?.(".message")) return;
    const way = { ArrowUp: row.previousElementSibling, ArrowDown: row.nextElementSibling }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    (way ?? (event.key === "ArrowDown" ? this.composer : row)).focus();
  }

  // --- The connection ---

  #onState({ state, code }) {
    if (this.#over) return;
    clearTimeout(this.#stateTimer);
    if (state === "refused") this.#leave(REFUSED[code] ?? "forbidden");
    else if (state === "open") this.#connected();
    else this.#stateTimer = setTimeout(() => this.#disconnected(state), PATIENCE);
  }

  #connected() {
    const bar = this.#part("connection");
    if (!bar.hidden) {
      this.#showState("back", true);
      this.#stateTimer = setTimeout(() => {
        bar.hidden = true;
      }, SAID_FOR);
    }
    this.timeline.setFates(word("sending"));
    if (this.#wasOpen || performance.now() > FRESH) this.#askWhoIsHere();
    this.#wasOpen = true;
  }

  #disconnected(state) {
    const first = !this.#part("connection").textContent && state === "connecting";
    this.#showState(first ? "connecting" : "offline", false);
    this.timeline.setFates(word("waiting"));
  }

  #showState(name, good) {
    const bar = this.#part("connection");
    bar.textContent = word(name);
    bar.classList.toggle("is-good", good);
    bar.hidden = false;
  }

  // --- The end ---

  /** One may no longer be here. What was not sent is kept as a draft and shown. @param {string} said */
  #leave(said) {
    if (this.#over) return;
    this.#over = true;
    const reason = hasWord(`out-${said}`) ? said : "forbidden";
    clearTimeout(this.#stateTimer);
    const panel = this.#farewell(reason, this.#keepUnsent());
    for (const id of ["scroll", "foot", "connection"]) this.#part(id).remove();
    this.main.append(panel);
    this.#part("announcer").textContent = part(panel, "title").textContent;
    panel.focus();
    this.socket.close();
  }

  #keepUnsent() {
    const unsent = this.outbox.all();
    const text = [...unsent.map((one) => one.body), this.composer.text].join("\n").trim();
    for (const { nonce } of unsent) this.outbox.remove(nonce);
    this.draft.text = text;
    return text;
  }

  #farewell(reason, unsent) {
    const panel = fromTemplate("out-template");
    part(panel, "title").textContent = word(`out-${reason}-title`);
    part(panel, "text").textContent = word(`out-${reason}`);
    part(panel, "unsent").hidden = !unsent;
    panel.querySelector("textarea").value = unsent;
    const way = panel.querySelector(`[data-way="${WAYS[reason]}"]`);
    if (way) way.hidden = false;
    return panel;
  }
}

const main = document.querySelector("main.room");
if (main instanceof HTMLElement) new Room(main);
