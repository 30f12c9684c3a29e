// How people look: the same letters and colours as core/templatetags/look.py.

const COLOURS = 8;

/** "Layla Al-Farsi" is LA, "bob" is B. @param {string} name */
function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return chosen
    .map((part) => [...part][0])
    .join("")
    .toUpperCase();
}

/** @param {string} name */
function colour(name) {
  let sum = 0;
  for (const letter of name) sum += letter.codePointAt(0);
  return sum % COLOURS;
}

/**
 * Puts a name's letters, or the picture at `src`, into what {% avatar %} drew. The status stays.
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string | null} [src]
 */
export function drawAvatar(element, name, src = null) {
  const old = [...element.classList].filter((one) => /^avatar-\d$/.test(one));
  element.classList.remove(...old);
  element.classList.add(`avatar-${colour(name)}`);
  const face = src ? picture(src) : letters(name);
  face.className = "avatar-face";
  face.dataset.part = "face";
  const dot = part(element, "status");
  element.replaceChildren(face, ...(dot ? [dot] : []));
}

/** @param {string} src */
function picture(src) {
  return Object.assign(new Image(), { src, alt: "", decoding: "async" });
}

/** @param {string} name */
function letters(name) {
  const face = document.createElement("span");
  face.textContent = initials(name);
  face.setAttribute("aria-hidden", "true");
  return face;
}

/**
 * Shows how somebody is here; nothing where it is not known. The page brings the words: _status_words.html.
 * @param {HTMLElement} element an avatar
 * @param {"online" | "busy" | "absent" | "offline" | null} status
 */
export function setStatus(element, status) {
  const known = part(element, "status");
  if (!status) return known?.remove();
  const dot = known ?? fromTemplate("status-words");
  const words = /** @type {HTMLTemplateElement | null} */ (document.getElementById("status-words"));
  dot.dataset.status = status;
  part(dot, "status-word").textContent = words?.content.querySelector(`[data-word="${status}"]`)?.textContent ?? "";
  if (!known) element.append(dot);
}

/** Elements of a clone by their `data-part`. @param {ParentNode} element @param {string} name */
export function part(element, name) {
  return /** @type {HTMLElement} */ (element.querySelector(`[data-part="${name}"]`));
}

/** A fresh copy of the first element in a <template>. @param {string} id */
export function fromTemplate(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  return /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
}
