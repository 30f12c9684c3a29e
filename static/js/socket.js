// The gateway's client: one socket for everything, that comes back by itself and misses nothing.
// docs/events.md describes the protocol. Nothing here knows of the page.

const PROTOCOL = "plaza.v1";
const FINAL_CODES = new Set([4400, 4401, 4403]); // not our protocol, sign in, barred: trying again cannot help
const TRANSIENT = new Set(["slow_down", "unavailable", "server_error"]);
const LOOK_EVERY = 15_000;
const ANSWER_WITHIN = 10_000;
const SILENT_FOR = 40_000; // the server's beat comes every 15 s
const STEADY_AFTER = 5_000;
const BACK_OFF_FIRST = 300;
const BACK_OFF_MOST = 10_000;

/** @typedef {{id: string, channel: string, seq: number, rev: number, author: {id: string, name: string, avatar: string | null,
 *   kind: string}, body: string, nonce?: string, created_at: string, edited_at: string | null, deleted_at: string | null}} Message */
/** @typedef {{after: number, onChange: (message: Message) => void, onMember?: (member: object) => void,
 *   onPresence?: (presence: {member: string, status: string}) => void, onWritable?: (writable: boolean) => void,
 *   onPosition?: (position: {last_seq: number, read_seq: number}) => void, onOut?: (reason: string) => void}} Listener */

/** The server said no. `code` is the one of the HTTP answer. */
export class Refusal extends Error {
  /** @param {{code: string, detail: string, fields?: Record<string, string[]>, retry_ms?: number}} answer */
  constructor({ code, detail, fields, retry_ms: retryMs }) {
    super(Object.values(fields ?? {}).flat()[0] ?? detail); // what is wrong with a field says more
    this.code = code;
    this.retryMs = retryMs;
  }

  /** Whether the very same request may succeed later. */
  get isTransient() {
    return TRANSIENT.has(this.code);
  }
}

/** The connection ended before an answer came: whether it was done is unknown. */
export class ConnectionLost extends Error {}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Events: `state`, with `state` ("closed", "connecting", "open", "waiting", "refused") and, for refused, the close `code`;
 * `op:<name>` with the server's own event, of those that are about no channel: `op:hello`, `op:presence`, `op:notify`;
 * and, beside what the channel's own listener is given, `op:message` as it comes, and `op:out`.
 */
export class PlazaSocket extends EventTarget {
  #url;
  /** @type {WebSocket | null} */
  #socket = null;
  #requests = new Map();
  #lastId = 0;
  #channels = new Map();
  #queue = [];
  #draining = false;
  #failures = 0;
  #lastHeard = 0;
  #timers = { reconnect: 0, steady: 0 };
  state = "closed";

  /** @param {string} [url] */
  constructor(url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`) {
    super();
    this.#url = url;
    setInterval(() => this.#lookAfter(), LOOK_EVERY);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#wake());
    addEventListener("online", () => this.#wake());
    addEventListener("offline", () => this.#drop());
    addEventListener("pagehide", () => this.#rest());
    addEventListener("pageshow", (event) => event.persisted && this.#wake());
  }

  connect() {
    clearTimeout(this.#timers.reconnect);
    this.#setState("connecting");
    const socket = new WebSocket(this.#url, [PROTOCOL]);
    this.#socket = socket;
    this.#lastHeard = Date.now();
    socket.onmessage = (event) => this.#onFrame(event.data);
    socket.onclose = (event) => this.#onClose(event.code);
  }

  /**
   * One request, answered by its id. Rejects with Refusal or ConnectionLost.
   * @param {string} op
   * @param {object} [fields]
   * @param {(answer: any) => void} [atOnce] takes the answer before any event that came after it
   * @returns {Promise<any>}
   */
  request(op, fields = {}, atOnce = () => {}) {
    if (this.state !== "open") return Promise.reject(new ConnectionLost());
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#drop(), ANSWER_WITHIN); // a link that swallows answers is dead
      this.#requests.set(id, { resolve, reject, timer, atOnce });
      this.#socket?.send(JSON.stringify({ op, id, ...fields }));
    });
  }

  /**
   * Every change of the channel from `after` on, over any number of connections. The same change may come twice. After
   * Infinity comes what is said from now on, and what was said during a break does not.
   * @param {string} channel
   * @param {Listener} listener
   * @returns {() => void} ends it
   */
  subscribe(channel, listener) {
    const subscription = { channel, listener, head: listener.after, seen: 0, syncing: false, again: false };
    this.#channels.set(channel, subscription);
    if (this.state === "open") void this.#sync(subscription);
    return () => {
      this.#forget(channel);
      this.request("unsub", { channel }).catch(() => {}); // gone either way
    };
  }

  /**
   * Sends in order, and again under the same nonce until the server has answered, which makes a repeat harmless.
   * Rejects with a Refusal once the server has definitely said no.
   * @param {string} channel
   * @param {string} body
   * @param {string} nonce
   * @returns {Promise<Message>}
   */
  send(channel, body, nonce) {
    return new Promise((resolve, reject) => {
      this.#queue.push({ fields: { channel, nonce, body }, resolve, reject });
      void this.#drain();
    });
  }

  /** Ends it for good: nothing waits or reconnects any more. */
  close() {
    this.#finish("closed", 1000);
  }

  // --- Sending ---

  async #drain() {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#queue.length > 0 && this.state === "open") {
      await this.#sendFirst(this.#queue[0]);
    }
    this.#draining = false;
  }

  async #sendFirst(item) {
    try {
      const { message } = await this.request("send", item.fields);
      this.#settle(item);
      item.resolve(message);
    } catch (error) {
      if (error instanceof ConnectionLost) return; // it stays first; the next connection goes on with it
      if (error instanceof Refusal && error.isTransient) {
        await pause(error.retryMs ?? 2_000);
        return;
      }
      this.#settle(item);
      item.reject(error);
    }
  }

  #settle(item) {
    this.#queue = this.#queue.filter((other) => other !== item);
  }

  // --- Following channels ---

  async #sync(subscription) {
    if (subscription.syncing) {
      subscription.again = true;
      return;
    }
    subscription.syncing = true;
    try {
      await this.#catchUp(subscription);
    } catch (error) {
      this.#syncFailed(subscription, error);
    } finally {
      subscription.syncing = false;
    }
  }

  async #catchUp(subscription) {
    const { channel, listener } = subscription;
    let more = true;
    while (more) {
      subscription.again = false;
      const answer = await this.request("sub", { channel, after: subscription.head });
      const changes = answer.changes ?? [];
      listener.onPosition?.(answer);
      if ("writable" in answer) listener.onWritable?.(answer.writable);
      for (const message of changes) listener.onChange(message);
      more = Boolean(answer.more) && changes.length > 0;
      subscription.head = more ? changes[changes.length - 1].rev : Math.max(subscription.head, answer.head);
      more ||= subscription.again;
    }
    subscription.head = Math.max(subscription.head, subscription.seen);
  }

  #syncFailed(subscription, error) {
    if (!(error instanceof Refusal) || !this.#channels.has(subscription.channel)) return; // the next connection syncs
    if (error.isTransient) setTimeout(() => this.#resync(subscription), error.retryMs ?? 2_000);
    else this.#onOut({ channel: subscription.channel, reason: error.code });
  }

  #resync(subscription) {
    if (this.state === "open" && this.#channels.get(subscription.channel) === subscription)
      void this.#sync(subscription);
  }

  #onMessage(event) {
    const { channel, rev, message } = event;
    this.#dispatch(event);
    const subscription = this.#channels.get(channel);
    if (!subscription) return;
    if (message) subscription.listener.onChange(message);
    if (subscription.syncing) {
      subscription.seen = Math.max(subscription.seen, rev); // the head moves when all before it is here
    } else if (rev > subscription.head + 1) {
      void this.#sync(subscription);
    } else {
      subscription.head = Math.max(subscription.head, rev);
    }
  }

  #onBeat({ heads }) {
    for (const [channel, head] of Object.entries(heads ?? {})) {
      const subscription = this.#channels.get(channel);
      if (subscription && !subscription.syncing && head > subscription.head) void this.#sync(subscription);
    }
  }

  #onPresence(event) {
    if (event.channel) this.#channels.get(event.channel)?.listener.onPresence?.(event);
    else this.#dispatch(event);
  }

  #onOut({ channel, reason }) {
    const subscription = this.#channels.get(channel);
    this.#forget(channel);
    subscription?.listener.onOut?.(reason);
    this.#dispatch({ op: "out", channel, reason });
  }

  /** What waits to be said there is not said any more. */
  #forget(channel) {
    this.#channels.delete(channel);
    this.#queue = this.#queue.filter((item) => item.fields.channel !== channel);
  }

  // --- The connection ---

  #onFrame(data) {
    this.#lastHeard = Date.now();
    for (const line of String(data).split("\n")) {
      if (line) this.#onEvent(JSON.parse(line));
    }
  }

  #onEvent(event) {
    if (event.op === "ok" || event.op === "err") this.#onAnswer(event);
    else if (event.op === "message") this.#onMessage(event);
    else if (event.op === "beat") this.#onBeat(event);
    else if (event.op === "member") this.#channels.get(event.channel)?.listener.onMember?.(event.member);
    else if (event.op === "writable") this.#channels.get(event.channel)?.listener.onWritable?.(event.writable);
    else if (event.op === "presence") this.#onPresence(event);
    else if (event.op === "out") this.#onOut(event);
    else if (event.op === "hello") this.#onHello(event);
    else this.#dispatch(event);
  }

  /** To whoever listens. An event of a later version has no listener. */
  #dispatch(event) {
    this.dispatchEvent(new CustomEvent(`op:${event.op}`, { detail: event }));
  }

  #onAnswer(answer) {
    const request = this.#requests.get(answer.id);
    if (!request) return;
    this.#requests.delete(answer.id);
    clearTimeout(request.timer);
    if (answer.op === "err") return request.reject(new Refusal(answer));
    request.atOnce(answer);
    request.resolve(answer);
  }

  #onHello(event) {
    this.#timers.steady = setTimeout(() => {
      this.#failures = 0;
    }, STEADY_AFTER);
    this.#setState("open");
    this.#dispatch(event);
    for (const subscription of this.#channels.values()) void this.#sync(subscription);
    void this.#drain();
  }

  #onClose(code) {
    this.#socket = null;
    clearTimeout(this.#timers.steady);
    this.#loseRequests();
    if (FINAL_CODES.has(code)) {
      this.#finish("refused", code);
      return;
    }
    const most = Math.min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** this.#failures);
    this.#failures += 1;
    this.#setState("waiting");
    this.#timers.reconnect = setTimeout(() => this.connect(), most * (0.5 + Math.random() / 2));
  }

  /** Takes the connection for dead without waiting for the other side to agree. */
  #drop() {
    if (!this.#socket) return;
    this.#abandon();
    this.#onClose(4000);
  }

  /** The page is being left. It may be kept for the way back, and is not with an open socket. */
  #rest() {
    if (this.state !== "open" && this.state !== "connecting" && this.state !== "waiting") return;
    clearTimeout(this.#timers.reconnect);
    clearTimeout(this.#timers.steady);
    this.#abandon();
    this.#setState("waiting");
    this.#loseRequests();
  }

  #abandon() {
    if (!this.#socket) return;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  #loseRequests() {
    const lost = [...this.#requests.values()];
    this.#requests.clear();
    for (const { reject, timer } of lost) {
      clearTimeout(timer);
      reject(new ConnectionLost());
    }
  }

  #finish(state, code) {
    clearTimeout(this.#timers.reconnect);
    this.#abandon();
    this.#setState(state, code);
    this.#channels.clear();
    this.#queue = [];
    this.#loseRequests();
  }

  /**
   * The server's beats show that the connection lives. There is no ping of ours: who pings once must go on (4408), and a
   * hidden tab cannot.
   */
  #lookAfter() {
    if (this.state !== "open" && this.state !== "connecting") return;
    if (Date.now() - this.#lastHeard > SILENT_FOR) this.#drop();
  }

  /** Somebody looks at the page again, or the network is back. */
  #wake() {
    if (this.state === "waiting") this.connect();
    else this.#lookAfter();
  }

  #setState(state, code) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, code } }));
  }
}
