// What pages of signed-in people have: the connection, and a calm word when the sign-in has ended.

import { connection } from "./connection.js";
import { fromTemplate, part } from "./people.js";

const LATEST = 500; // sooner than others take us for gone, who have just left the page before this one
const PATIENCE = 1_500; // a page that signs out is about to go
const SIGN_IN = 4401;
const { user } = document.body.dataset;
/** @type {HTMLElement | null} */
let notice = null;

/** What was typed stays; the way to sign in opens beside it. Where a room says so itself, nothing is said twice. */
function showNotice() {
  if (notice || document.querySelector("main.room")) return;
  notice = fromTemplate("signed-out-template");
  part(notice, "close").addEventListener("click", () => notice?.remove());
  document.getElementById("toasts")?.append(notice);
}

/** Signing in gives a new token, without which the forms of this page would be refused. */
function renewForms() {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (!token) return;
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
  document.querySelector('meta[name="exchange"]')?.setAttribute("content", token);
}

connection.addEventListener("state", ({ detail: { state, code } }) => {
  if (state === "refused" && code === SIGN_IN) setTimeout(showNotice, PATIENCE);
});

connection.addEventListener("op:hello", ({ detail }) => {
  if (!notice) return;
  if (detail.user?.id === user) {
    renewForms();
    notice.remove();
    notice = null;
  } else {
    connection.close(); // somebody else has signed in: this page is not theirs
  }
});

// Back from signing in, perhaps.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && notice && connection.state === "refused") connection.connect();
});

const start = () => connection.state === "closed" && connection.connect();
if ("requestIdleCallback" in window) requestIdleCallback(start, { timeout: LATEST });
else setTimeout(start, LATEST / 2); // Safari
