// What whoever looks after a room does: block, ban, hand over, close. Questions are asked first, and refusals are told.

import { sentence } from "./editing.js";
import { toast } from "./overlays.js";
import { drawAvatar, fromTemplate, part } from "./people.js";
import { all, post } from "./rest.js";
import { word } from "./words.js";

/** @typedef {{id: string, nickname: string}} Whom */

export class Care {
  #confirmed = async () => {};

  /**
   * @param {{slug: string, heirs: () => Whom[], onMember: (member: object) => void}} options
   *   `heirs`: to whom the room could go; `onMember` hears how somebody is now
   */
  constructor({ slug, heirs, onMember }) {
    this.path = `rooms/${slug}`;
    this.heirs = heirs;
    this.onMember = onMember;
    for (const name of ["ban", "hand-over", "close"]) {
      const dialog = this.#dialog(name);
      part(dialog, "confirm").addEventListener("click", () => this.#confirm(dialog));
    }
    document.addEventListener("click", (event) => this.#onClick(event));
    document.addEventListener("submit", (event) => event.target.id === "leave-form" && this.#offerHeirs(), {
      capture: true,
    });
  }

  /** @param {Whom} whom */
  async block(whom) {
    if (await this.#does("block", whom)) {
      toast(word("did-block", { name: whom.nickname }), { kind: "good", undo: () => this.unblock(whom) });
    }
  }

  /** @param {Whom} whom */
  async unblock(whom) {
    if (await this.#does("unblock", whom)) toast(word("did-unblock", { name: whom.nickname }), { kind: "good" });
  }

  /** @param {Whom} whom */
  ban(whom) {
    this.#ask("ban", { title: word("ban-title", { name: whom.nickname }) }, async () => {
      this.onMember(await post(`${this.path}/members/${whom.id}/ban`));
      toast(word("did-ban", { name: whom.nickname }), { kind: "good" });
    });
  }

  /** @param {Whom} whom */
  handOver(whom) {
    this.#ask("hand-over", { title: word("hand-over-title", { name: whom.nickname }) }, async () => {
      await post(`${this.path}/hand-over`, { member: whom.id });
      toast(word("did-hand-over", { name: whom.nickname }), { kind: "good" });
    });
  }

  #dialog(name) {
    return /** @type {HTMLDialogElement} */ (document.getElementById(`${name}-dialog`));
  }

  async #does(act, whom) {
    try {
      this.onMember(await post(`${this.path}/members/${whom.id}/${act}`));
      return true;
    } catch (error) {
      toast(sentence(error), { kind: "bad" });
      return false;
    }
  }

  // --- Questions ---

  #ask(name, { title }, act) {
    const dialog = this.#dialog(name);
    if (title) part(dialog, "title").textContent = title;
    part(dialog, "error").hidden = true;
    this.#confirmed = act;
    dialog.showModal();
  }

  async #confirm(dialog) {
    const [button, error] = [part(dialog, "confirm"), part(dialog, "error")];
    button.disabled = true;
    try {
      await this.#confirmed();
      dialog.close();
    } catch (refused) {
      error.textContent = sentence(refused);
      error.hidden = false;
    } finally {
      button.disabled = false;
    }
  }

  /** The links lead to pages that ask the same; here it is asked in place. */
  #onClick(event) {
    const link = event.target.closest?.("[data-ask]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.dataset.ask === "banned-dialog") void this.#showBanned();
    else this.#ask("close", {}, () => post(`${this.path}/close`)); // the goodbye comes over the socket
  }

  /** Before the question whether to leave: to whom the room goes then. */
  #offerHeirs() {
    const dialog = this.#dialog("leave");
    if (dialog.returnValue === "yes") return;
    const owns = document.querySelector("main.room")?.dataset.role === "owner";
    const heirs = owns ? this.heirs() : [];
    const select = dialog.querySelector("select");
    const options = heirs.map(({ id, nickname }) => new Option(nickname, id));
    select.replaceChildren(select.options[0], ...options);
    part(dialog, "heirs").hidden = heirs.length === 0;
    part(dialog, "nobody").hidden = !owns || heirs.length > 0;
  }

  // --- The banned ---

  async #showBanned() {
    const dialog = this.#dialog("banned");
    const [list, error, loading] = [part(dialog, "list"), part(dialog, "error"), part(dialog, "loading")];
    for (const one of [list, error, part(dialog, "empty")]) one.hidden = true;
    part(dialog, "said").textContent = "";
    loading.hidden = false;
    dialog.showModal();
    try {
      const banned = await all(`${this.path}/members?state=banned&limit=100`);
      list.replaceChildren(...banned.map((member) => this.#bannedRow(member)));
      this.#countBanned();
    } catch (refused) {
      error.textContent = sentence(refused);
      error.hidden = false;
    }
    loading.hidden = true;
  }

  #bannedRow(member) {
    const row = fromTemplate("banned-template");
    drawAvatar(/** @type {HTMLElement} */ (row.querySelector(".avatar")), member.nickname, member.avatar);
    for (const name of ["name", "whom"]) part(row, name).textContent = member.nickname;
    part(row, "guest").hidden = member.kind !== "guest";
    part(row, "unban").addEventListener("click", async () => {
      if (!(await this.#does("unban", member))) return;
      row.remove();
      this.#countBanned();
      part(this.#dialog("banned"), "said").textContent = word("did-unban", { name: member.nickname });
      document.getElementById("banned-title")?.focus();
    });
    return row;
  }

  #countBanned() {
    const dialog = this.#dialog("banned");
    const list = part(dialog, "list");
    list.hidden = !list.children.length;
    part(dialog, "empty").hidden = !list.hidden;
  }
}
