// One's picture: shown before it is sent, sent with its progress, followed until a worker has made it smaller.

import { toast } from "./overlays.js";
import { drawAvatar, part } from "./people.js";

const ASK_MS = 700;
const PATIENCE = 40; // times asked
const SENT = 70; // percent of the bar that the upload takes

const place = /** @type {HTMLElement} */ (document.querySelector("[data-avatar]"));
const form = /** @type {HTMLFormElement} */ (place.querySelector('form[enctype="multipart/form-data"]'));
const field = /** @type {HTMLInputElement} */ (form.querySelector('input[type="file"]'));
const words = /** @type {HTMLTemplateElement} */ (document.getElementById("avatar-words"));
const preview = /** @type {HTMLCanvasElement} */ (part(place, "preview"));
const progress = /** @type {HTMLProgressElement} */ (part(place, "progress"));
const address = place.dataset.avatar ?? "";

/** @param {string} name */
const word = (name) => words.content.querySelector(`[data-word="${name}"]`)?.textContent ?? "";

/** @param {string} text @param {boolean} [isBad] */
function say(text, isBad = false) {
  const said = part(place, "said");
  said.textContent = text;
  said.classList.toggle("errorlist", isBad);
}

/** The middle of it, as it will be cut. A file that the browser cannot read shows nothing; the server says why.
 * @param {File} file */
async function show(file) {
  try {
    const picture = await createImageBitmap(file);
    const side = Math.min(picture.width, picture.height);
    const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
    preview.getContext("2d")?.drawImage(picture, left, top, side, side, 0, 0, preview.width, preview.height);
    picture.close();
    preview.hidden = false;
  } catch {
    preview.hidden = true;
  }
}

/** @param {number | null} percent */
function move(percent) {
  progress.hidden = percent === null;
  progress.value = percent ?? 0;
  part(place, "send").hidden = percent !== null;
}

/** Of what a worker could not use there is a sentence on the page, until it is put away. @param {boolean} isThere */
function letDismiss(isThere) {
  part(place, "dismiss").hidden = !isThere;
}

/** @param {{avatar: string | null}} answer */
function finish(answer) {
  move(null);
  letDismiss(false);
  preview.hidden = true;
  for (const face of [part(place, "avatar"), document.querySelector(".rail-menu summary .avatar")]) {
    if (face instanceof HTMLElement) drawAvatar(face, place.dataset.name ?? "", answer.avatar);
  }
  part(place, "remove").hidden = false;
  form.reset();
  field.dispatchEvent(new Event("change", { bubbles: true }));
  say("");
  toast(word("done"), { kind: "good" });
}

/** @param {string} sentence */
function fail(sentence) {
  move(null);
  preview.hidden = true;
  say(sentence || word("failed"), true);
  field.focus();
}

/** Asks until the worker is done. */
async function follow() {
  say(word("working"));
  for (let time = 0; time < PATIENCE; time++) {
    await new Promise((resume) => setTimeout(resume, ASK_MS));
    let answer;
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" } });
      if (!response.ok) continue;
      answer = await response.json();
    } catch {
      continue; // no connection for a moment
    }
    if (answer.state === "done") return finish(answer);
    if (answer.state === "failed") {
      letDismiss(true);
      return fail(answer.detail);
    }
    move(SENT + (answer.progress * (100 - SENT)) / 100);
  }
  move(null);
  say(word("later"));
}

/** The sentence for people in a refusal. @param {XMLHttpRequest} request */
function refusal(request) {
  const answer = request.response ?? {};
  return answer.fields?.avatar?.[0] ?? answer.detail ?? "";
}

/** @param {File} file */
function send(file) {
  const request = new XMLHttpRequest();
  request.open("PUT", address);
  request.responseType = "json";
  request.setRequestHeader("X-CSRFToken", form.elements.namedItem("csrfmiddlewaretoken").value);
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) move((event.loaded / event.total) * SENT);
  });
  request.addEventListener("load", () => {
    if (request.status === 200) finish(request.response);
    else if (request.status === 202) void follow();
    else fail(refusal(request));
  });
  request.addEventListener("error", () => fail(""));
  const body = new FormData();
  body.append("avatar", file);
  move(0);
  letDismiss(false);
  say(word("sending"));
  request.send(body);
}

field.addEventListener("change", () => {
  const file = field.files?.[0];
  if (!file) return;
  say("");
  void show(file);
});

form.addEventListener("submit", (event) => {
  const file = field.files?.[0];
  if (!file) return; // the browser asks for one
  event.preventDefault();
  event.stopPropagation(); // it may be sent again
  send(file);
});

if (place.dataset.state === "processing") {
  move(SENT);
  void follow();
}
