// How people look: the same letters and colours as core/templatetags/look.py.

const COLOURS = 8;

/** "Layla Al-Farsi" is LA, "bob" is B. @param {string} name */
export function initials(name) {
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

/** @param {HTMLElement} element @param {string} name */
export function drawAvatar(element, name) {
  const old = [...element.classList].filter((one) => /^avatar-\d$/.test(one));
  element.classList.remove(...old);
  element.classList.add(`avatar-${colour(name)}`);
  element.textContent = initials(name);
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
