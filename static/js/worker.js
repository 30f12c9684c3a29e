// The service worker. core/pwa.py serves it at /sw.js, with what it has to know in `PLAZA` before it.
//
// It keeps what does not change: the files of the shell, and static files whose names come from their content. Pages,
// the API and people's files are never kept: whoever signs out, or is thrown out of a room, leaves nothing here.

/** @type {{version: string, shell: string[], offline: string, offlines: Record<string, string>, hashed: boolean,
 *   icon: string, rtl: string[]}} */
const { version, shell, offline, offlines, hashed, icon, rtl } = self.PLAZA;
const SHELL = `plaza-shell-${version}`;
const STATIC = "plaza-static";
const MOST_STATIC = 120; // files; the oldest go first
const ANY_WAY = { ignoreVary: true }; // however it was asked for: there is only one of each
const NOT_OURS = ["/admin/", "/api/", "/dev/", "/media/", "/metrics", "/ws/"];

let spoken = ""; // the language of the page at `offline`, once a page has come

self.addEventListener("install", (event) => {
  // What is named after its content may come from the browser's own cache; all else is asked for again.
  const cached = (url) => (hashed && url.startsWith("/static/") ? "default" : "reload");
  const fresh = shell.map((url) => new Request(url, { cache: cached(url) }));
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(fresh))); // all or nothing: half a shell is none
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldShells());
});

// The page asks for it, when the person does: static/js/pwa.js.
self.addEventListener("message", (event) => {
  if (event.data === "take-over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (NOT_OURS.some((path) => url.pathname.startsWith(path))) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (url.pathname.startsWith("/static/")) event.respondWith(hashed ? keptFile(request) : freshFile(request));
});

// --- Notifications ---

// What core/push.py sends. A browser that wakes us for one wants something shown, whatever came.
self.addEventListener("push", (event) => {
  event.waitUntil(showNotification(event.data?.json() ?? {}));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lookAt(event.notification.data?.url ?? "/"));
});

/** @param {{title?: string, body?: string, url?: string, tag?: string, lang?: string}} told */
function showNotification({ title = "Plaza", body = "", url = "/", tag = "plaza", lang = "" }) {
  const dir = rtl.includes(lang) ? "rtl" : "auto";
  return self.registration.showNotification(title, { body, tag, lang, dir, icon, renotify: true, data: { url } });
}

/** The page that shows it already, else a new one. @param {string} path */
async function lookAt(path) {
  const url = new URL(path, self.location.origin);
  if (url.origin !== self.location.origin) return;
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = open.find((client) => new URL(client.url).pathname === url.pathname);
  if (there) await there.focus();
  else await self.clients.openWindow(url.href);
}

async function forgetOldShells() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("plaza-shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** From the network, else the page that says so. @param {FetchEvent} event */
async function page(event) {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(speak(answer.headers.get("Content-Language") ?? ""));
    return answer;
  } catch (unreachable) {
    const kept = await caches.match(offline, ANY_WAY);
    if (kept) return kept;
    throw unreachable;
  }
}

/** Without a connection we say so in the language of the last page that came. @param {string} language */
async function speak(language) {
  if (language === spoken || !offlines[language]) return;
  const cache = await caches.open(SHELL);
  const own = await cache.match(offlines[language], ANY_WAY);
  if (!own) return;
  await cache.put(offline, own);
  spoken = language;
}

/** A name stands for its content: what is kept is right for ever. @param {Request} request */
async function keptFile(request) {
  const kept = await caches.match(request, ANY_WAY);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic") void keep(request, answer.clone());
  return answer;
}

/** In demo mode names stay while files change. @param {Request} request */
async function freshFile(request) {
  try {
    return await fetch(request);
  } catch (unreachable) {
    const kept = await caches.match(request, ANY_WAY);
    if (kept) return kept;
    throw unreachable;
  }
}

/** @param {Request} request @param {Response} answer */
async function keep(request, answer) {
  const cache = await caches.open(STATIC);
  await cache.put(request, answer);
  const all = await cache.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - MOST_STATIC)).map((old) => cache.delete(old)));
}
