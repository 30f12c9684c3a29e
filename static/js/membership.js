// Pages about plans, memberships and payments: what changes elsewhere is shown at once. The parts that show it ask for
// themselves anew (htmx) when they hear `payment-changed`; without a connection a page that waits asks every few seconds.

import { connection } from "./connection.js";

let wasHere = false;
let asks = false;
let again = false;

// The part that asks is replaced by the answer, and with it what htmx had queued: what happens meanwhile is kept here.
function changed() {
  if (asks) again = true;
  else document.body.dispatchEvent(new CustomEvent("payment-changed"));
}

document.body.addEventListener("htmx:beforeRequest", () => {
  asks = true;
});

// What has come in its place listens once it has settled.
document.body.addEventListener("htmx:afterSettle", rest);
document.body.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful || rest());

function rest() {
  asks = false;
  if (!again) return;
  again = false;
  setTimeout(changed);
}

connection.addEventListener("op:notify", ({ detail }) => {
  if (detail.kind === "payment") changed();
});

// What happened while the connection was away was told to nobody.
connection.addEventListener("op:hello", () => {
  if (wasHere) changed();
  wasHere = true;
});
