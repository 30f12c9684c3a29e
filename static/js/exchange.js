// htmx for the small exchanges: says who asks, shows a refusal's sentence, and leads to the sign-in when that has ended.

import { toast } from "./overlays.js";

const about = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="exchange"]'));
const signIn = about.dataset.signin ?? "/";

function goAndSignIn() {
  const next = encodeURIComponent(location.pathname + location.search);
  location.assign(`${signIn}?next=${next}`);
}

/** The sentence in `{code, detail}`, else a general one. @param {XMLHttpRequest} request */
function sentence(request) {
  try {
    const { detail } = JSON.parse(request.responseText);
    if (typeof detail === "string") return detail;
  } catch {
    // a page, or nothing
  }
  return about.dataset.failed ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = about.content;
});

// A view that wants a sign-in answers with a redirect, which the browser has followed already.
document.addEventListener("htmx:beforeSwap", (event) => {
  const end = event.detail.xhr.responseURL;
  if (!end || new URL(end).pathname !== new URL(signIn, location.href).pathname) return;
  event.detail.shouldSwap = false;
  goAndSignIn();
});

document.addEventListener("htmx:responseError", (event) => {
  const request = event.detail.xhr;
  if (request.status === 401) goAndSignIn();
  else toast(sentence(request), { kind: "bad" });
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => toast(about.dataset.offline ?? "", { kind: "bad" }));
}
