// Notifications of this browser: whether there can be any, whether the person of this page wants them here, and the
// subscription at the push service kept true.

const READY_WITHIN = 10_000;
const SIGN_OUT_WITHIN = 1_000;
const ON = "on";
const { user } = document.body.dataset;
const KEY = `plaza.notifications.${user}`; // on a shared device everybody decides for themselves

const storage = (() => {
  try {
    return window.localStorage;
  } catch {
    return null; // switched off: then nobody wants any
  }
})();

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isSupported = "Notification" in window && "serviceWorker" in navigator && window.isSecureContext;

/** The person wants them in this browser, and the browser lets us. */
export const isWanted = () => isSupported && Notification.permission === "granted" && storage?.getItem(KEY) === ON;

/** @param {string} method @param {string} path @param {object} [body] */
async function call(method, path, body) {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const answer = await fetch(`/api/v1/${path}`, {
    method,
    keepalive: method === "DELETE", // the page may be about to go
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

/** That of the worker, once it works: right after the first visit it is still fetching its files. */
async function ready() {
  const registration = await Promise.race([navigator.serviceWorker.ready, pause(READY_WITHIN)]);
  if (!registration) throw new Error("no worker");
  return registration;
}

async function subscription() {
  if (!isSupported) return null;
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager?.getSubscription()) ?? null;
}

/** @param {string} text base64url */
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {PushSubscription} known @param {Uint8Array} key */
function isFor(known, key) {
  const own = new Uint8Array(known.options.applicationServerKey ?? new ArrayBuffer(0));
  return own.length === key.length && own.every((byte, at) => byte === key[at]);
}

/** Makes what is there true: a subscription with the key of now, that the server knows. Throws if there can be none. */
async function subscribe() {
  const manager = (await ready()).pushManager;
  const { key } = await (await call("GET", "push/key")).json();
  let known = await manager.getSubscription();
  if (known && !isFor(known, bytes(key))) {
    await known.unsubscribe();
    known = null;
  }
  known ??= await manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  await call("PUT", "me/push", known.toJSON());
}

async function unsubscribe() {
  const known = await subscription();
  if (!known) return;
  await call("DELETE", "me/push", { endpoint: known.endpoint }).catch(() => {}); // its service says so, with the next push
  await known.unsubscribe();
}

/**
 * "open": they come, but only while a page of Plaza is open, because the browser has no push service.
 * @returns {Promise<"unsupported" | "blocked" | "off" | "open" | "on">}
 */
export async function state() {
  if (!isSupported) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  if (!isWanted()) return "off";
  return (await subscription()) ? "on" : "open";
}

/** Throws, and leaves them off, without a worker: it shows those of an open page too. */
export async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return;
  await ready();
  storage?.setItem(KEY, ON);
  await subscribe().catch(() => {}); // `state` says how far it came
}

export async function turnOff() {
  storage?.removeItem(KEY);
  await unsubscribe();
}

/** Without a push service a page that is open does it. @param {string} title @param {NotificationOptions} options */
export async function show(title, options) {
  await (await ready()).showNotification(title, options);
}

/** On every page: what the server and the push service know is what the person wants. */
export async function keep() {
  if (isWanted()) await subscribe();
  else if (Notification.permission === "granted") await (await subscription())?.unsubscribe(); // of who was here before
}

/** Whose sign-in ends here is told nothing here any more. It is their wish still, when they come back. */
async function signOut(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("signOut" in form.dataset) || !isWanted()) return;
  event.preventDefault();
  await Promise.race([unsubscribe().catch(() => {}), pause(SIGN_OUT_WITHIN)]);
  form.submit();
}

document.addEventListener("submit", signOut);
if (isSupported) keep().catch(() => {}); // the next page tries again
