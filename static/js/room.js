// The room page: puts its parts together. What each does is in its own module.

import { Care } from "./care.js";
import { Composer } from "./composer.js";
import { connection } from "./connection.js";
import { ConnectionLine } from "./connection_line.js";
import { Editing, sentence } from "./editing.js";
import { Ending } from "./ending.js";
import { farewell } from "./farewell.js";
import { History } from "./history.js";
import { watchKeyboard } from "./keyboard.js";
import { Members } from "./members.js";
import { Mentioning } from "./mentioning.js";
import { Draft, makeNonce, Outbox } from "./outbox.js";
import { part } from "./people.js";
import { PeopleMenu } from "./people_menu.js";
import { Reading } from "./reading.js";
import { all } from "./rest.js";
import { Scroll } from "./scroll.js";
import { Timeline } from "./timeline.js";
import { Typing } from "./typing.js";
import { word } from "./words.js";

const SPREAD = 3_000; // over which a room's people ask again after a restart
const FRESH = 3_000; // for so long what the server drew is taken for true
const REASONS = { room_gone: "expired", gone: "expired", not_found: "forbidden" };
const REFUSED = { 4400: "protocol", 4401: "signin", 4403: "barred" };

class Room {
  #over = false;
  #membersTimer = 0;
  #wasOpen = false;

  /** @param {HTMLElement} main */
  constructor(main) {
    const { channel = "", me = "", head, hasOlder } = main.dataset;
    this.main = main;
    this.channel = channel;
    this.me = me;
    this.newButton = this.#part("new-messages");
    this.scroll = new Scroll(this.#part("scroll"));
    this.timeline = new Timeline(this.#part("messages"), { me, mayDeleteAll: this.#isOwner });
    this.members = new Members({ online: this.#part("online"), offline: this.#part("offline") }, me);
    this.history = new History({
      channel,
      hasOlder: hasOlder === "true",
      scroll: this.scroll,
      timeline: this.timeline,
    });
    this.outbox = new Outbox(channel, me);
    this.draft = new Draft(channel, document.body.dataset.user ?? "guest");
    this.composer = new Composer(/** @type {HTMLFormElement} */ (this.#part("composer")), {
      draft: this.draft,
      onSend: (body) => this.#say({ nonce: makeNonce(), body, at: Date.now() }),
      onUp: () => this.timeline.lastOwn && this.editing.edit(this.timeline.lastOwn),
    });
    this.socket = connection;
    this.editing = new Editing({
      socket: this.socket,
      timeline: this.timeline,
      scroll: this.scroll,
      leave: () => this.composer.focus(),
    });
    this.#addParts();
    this.#addPeople();
    this.#listen(Number(head));
  }

  #addParts() {
    const { socket, channel, scroll, timeline, newButton: button } = this;
    const { field } = this.composer;
    const { readSeq, lastSeq, expires = "" } = this.main.dataset;
    const seqs = { readSeq: Number(readSeq), lastSeq: Number(lastSeq) };
    this.reading = new Reading({ socket, channel, scroll, timeline, button, ...seqs });
    this.typing = new Typing({ socket, channel, field, line: this.#part("typing") });
    const people = () => this.members.others;
    this.mentioning = new Mentioning({ field, box: this.#part("mentions"), people });
    this.#measureFoot(this.#part("foot"));
    watchKeyboard();
    const onEnd = () => this.#leave("expired");
    if (expires) this.ending = new Ending({ banner: this.#part("ending"), at: new Date(expires), onEnd });
  }

  /** What lies over the page keeps off the foot, which grows with what one writes and is gone at the end. */
  #measureFoot(foot) {
    const { style } = document.documentElement;
    new ResizeObserver(() => style.setProperty("--foot", `${foot.offsetHeight}px`)).observe(foot);
  }

  #addPeople() {
    const heirs = () => this.members.others.filter(({ kind, state }) => kind === "member" && state === "active");
    const onMember = (member) => this.#onMember(member);
    const care = new Care({ slug: this.main.dataset.slug ?? "", heirs, onMember });
    this.menu = new PeopleMenu({
      element: this.#part("people-menu"),
      find: (id) => this.members.find(id),
      may: () => ({ speak: !this.composer.blocked, care: this.#looksAfter }),
      acts: {
        mention: ({ nickname }) => this.mentioning.insert(nickname),
        block: (whom) => care.block(whom),
        unblock: (whom) => care.unblock(whom),
        ban: (whom) => care.ban(whom),
        "hand-over": (whom) => care.handOver(whom),
      },
    });
    document.addEventListener("click", (event) => this.#openMenu(event));
  }

  get #isOwner() {
    return this.main.dataset.role === "owner";
  }

  get #looksAfter() {
    return this.#isOwner || "staff" in this.main.dataset;
  }

  #part(id) {
    return /** @type {HTMLElement} */ (document.getElementById(id));
  }

  #listen(head) {
    this.main.addEventListener("click", (event) => this.#onClick(event));
    this.scroll.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.newButton.addEventListener("click", () => this.#toNewest());
    this.line = new ConnectionLine(this.#part("connection"), this.socket, {
      onOpen: () => this.#connected(),
      onLost: () => this.timeline.setFates(word("waiting")),
      onRefused: (code) => this.#leave(REFUSED[code] ?? "forbidden"),
    });
    this.socket.addEventListener("op:presence", (event) => this.#onPerson(event.detail));
    this.unsubscribe = this.socket.subscribe(this.channel, {
      after: head,
      onChange: (message) => this.#onChange(message),
      onMember: (member) => this.#onMember(member),
      onPresence: ({ member, status }) => this.members.setStatus(member, status),
      onWritable: (writable) => this.composer.block("cut-off", !writable),
      onOut: (reason) => this.#leave(REASONS[reason] ?? reason),
    });
    if (this.socket.state === "closed") this.socket.connect();
    for (const unsent of this.outbox.all()) this.#say(unsent);
    if (matchMedia("(pointer: fine)").matches) this.composer.focus();
    this.main.dataset.ready = "";
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
      if (error.code === "not_reachable") this.composer.block("cut-off", true);
    }
  }

  #onChange(message) {
    const mine = message.author.id === this.me;
    let isNew = false;
    this.scroll.keep(() => {
      isNew = this.timeline.upsert(message);
    });
    if (message.nonce) this.outbox.remove(message.nonce);
    if (mine) this.typing.sent();
    else this.typing.stop(message.author.id);
    if (message.seq > this.reading.lastSeq) this.reading.came(message.seq, mine);
    if (isNew && !message.deleted_at && !mine) this.#announce(message);
    // Told while this page was being loaded, it is in the log alone.
    if (isNew && message.notice?.names.includes(this.members.self.name)) this.#askWhoIsHere();
  }

  #announce(message) {
    const text = this.timeline.spoken(message);
    const named = message.mentions.some((one) => one.id === this.me);
    const said = word(named ? "announce-named" : "announce", { name: message.author.name, text });
    this.#part("announcer").textContent = message.notice ? text : said;
  }

  #onMember(member) {
    this.members.upsert(member);
    this.timeline.rename(member);
    if (!["active", "blocked"].includes(member.state)) this.typing.stop(member.id);
    if (member.id === this.me) this.#onMyself(member);
  }

  /** One may write or not, looks after the room or does not any more. */
  #onMyself({ state, role }) {
    this.composer.block("blocked", state === "blocked");
    if (role === this.main.dataset.role) return;
    this.main.dataset.role = role;
    this.timeline.mayDeleteAll = this.#isOwner;
    for (const part of document.querySelectorAll("[data-looks-after]")) part.hidden = !this.#looksAfter;
  }

  #openMenu(event) {
    const button = event.target.closest?.('[data-action="person"]');
    const row = button?.closest(".member, .message");
    if (!row) return;
    const { id = "", author } = row.dataset;
    const shown = part(row, row.matches(".member") ? "nickname" : "name");
    this.menu.open(button, { id: author ?? id, name: shown.textContent, guest: !part(row, "guest").hidden });
  }

  #onPerson({ status, chosen }) {
    if (chosen) this.members.setStatus(this.me, status); // it is about oneself
  }

  #connected() {
    this.timeline.setFates(word("sending"));
    if (this.#wasOpen || performance.now() > FRESH) this.#askWhoIsHere();
    this.#wasOpen = true;
  }

  /** Joins and statuses are in no log: after a break they are asked for, by everybody in the room, not all at once. */
  #askWhoIsHere() {
    clearTimeout(this.#membersTimer);
    this.#membersTimer = setTimeout(() => this.#fetchMembers().catch(() => {}), Math.random() * SPREAD);
  }

  async #fetchMembers() {
    const found = await all(`rooms/${this.main.dataset.slug}/members?limit=100`);
    if (this.#over) return;
    this.members.replace(found);
    const myself = found.find((member) => member.id === this.me);
    if (myself) this.#onMyself(myself);
  }

  #toNewest() {
    this.scroll.toBottom();
    this.composer.focus();
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

  // --- The end ---

  /** One may no longer be here. What was not sent is kept as a draft and shown. @param {string} said */
  #leave(said) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#membersTimer);
    this.line.stop();
    this.ending?.stop();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    const panel = farewell(said, { unsent: this.#keepUnsent(), sweepAfter: Number(this.main.dataset.sweepAfter) });
    for (const id of ["scroll", "foot", "connection", "ending"]) this.#part(id).remove();
    this.main.append(panel);
    this.#part("announcer").textContent = part(panel, "title").textContent;
    panel.focus();
    if (document.body.dataset.user) this.unsubscribe();
    else this.socket.close(); // a guest was connected for this room alone
  }

  #keepUnsent() {
    const unsent = this.outbox.all();
    const text = [...unsent.map((one) => one.body), this.composer.text].join("\n").trim();
    for (const { nonce } of unsent) this.outbox.remove(nonce);
    this.draft.text = text;
    return text;
  }
}

const main = document.querySelector("main.room");
if (main instanceof HTMLElement) new Room(main);
