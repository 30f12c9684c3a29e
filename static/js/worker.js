// The service worker. core/pwa.py serves it at /sw.js, with what it has to know in `PLAZA` before it.
//
// It keeps what does not change: the files of the shell, and static files whose names come from their content. Pages,
// the API and people's files are never kept: whoever signs out, or is thrown out of a room, leaves nothing here.

/** @type {{version: string, shell: string[], offline: string, hashed: boolean}} */
const { version, shell, offline, hashed } = self.PLAZA;
const SHELL = `plaza-shell-${version}`;
const STATIC = "plaza-static";
const MOST_STATIC = 120; // files; the oldest go first
const ANY_WAY = { ignoreVary: true }; // however it was asked for: there is only one of each
const NOT_OURS = ["/admin/", "/api/", "/dev/", "/media/", "/metrics", "/ws/"];

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
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(hashed ? keptFile(request) : freshFile(request));
});

async function forgetOldShells() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("plaza-shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** From the network, else the page that says so. @param {Request} request */
async function page(request) {
  try {
    return await fetch(request);
  } catch (unreachable) {
    const kept = await caches.match(offline, ANY_WAY);
    if (kept) return kept;
    throw unreachable;
  }
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
