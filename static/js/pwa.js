// Plaza as an app: the service worker and its updates, and the offer to install it.

/** Says that a newer version waits, and lets it take over when somebody wants it to. */
function offerUpdate(registration) {
  const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("update-template"));
  const place = document.getElementById("toasts");
  if (!template || !place || place.querySelector("[data-update]")) return;
  const toast = /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
  toast.querySelector('[data-action="reload"]').addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting?.postMessage("take-over");
    toast.remove();
  });
  toast.querySelector('[data-action="later"]').addEventListener("click", () => toast.remove());
  place.append(toast);
}

/** The first worker of all has nothing to take over from: no word about that one. */
function watch(registration) {
  if (registration.waiting && navigator.serviceWorker.controller) offerUpdate(registration);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh?.addEventListener("statechange", () => {
      if (fresh.state === "installed" && navigator.serviceWorker.controller) offerUpdate(registration);
    });
  });
}

async function register() {
  try {
    watch(await navigator.serviceWorker.register("/sw.js"));
  } catch {
    // without it, all but the offline page works: a server that is just restarting is no reason to complain
  }
}

/** @type {(Event & {prompt: () => Promise<void>}) | null} what the browser has offered, which works once */
let offer = null;

function showTheOffer() {
  for (const place of document.querySelectorAll("[data-install]")) place.hidden = offer === null;
}

function install() {
  void offer?.prompt();
  offer = null;
  showTheOffer();
}

/** Safari on iPhones and iPads has no such offer, only a way through its menu. */
function showTheWayOnIos() {
  const isIos = /iPad|iPhone|iPod/.test(navigator.userAgent) && !("MSStream" in window);
  const isInstalled = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  if (!isIos || isInstalled) return;
  for (const place of document.querySelectorAll("[data-install-ios]")) place.hidden = false;
}

for (const button of document.querySelectorAll("[data-install] button")) button.addEventListener("click", install);
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault(); // instead of the browser's own banner
  offer = event;
  showTheOffer();
});
addEventListener("appinstalled", () => {
  offer = null;
  showTheOffer();
});
showTheWayOnIos();
if ("serviceWorker" in navigator) {
  if (document.readyState === "complete") void register();
  else addEventListener("load", register, { once: true }); // after everything that the page itself needs
}
