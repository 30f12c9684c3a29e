// The one place where HTML of the server's making comes into a page. core/markup.py has sanitised it.

/**
 * @param {HTMLElement} element
 * @param {string} html as the server sent it
 * @param {string} written the text that it was made of, which is what one edits
 * @param {string} me the member who reads it
 */
export function showHtml(element, html, written, me) {
  const made = new DOMParser().parseFromString(html, "text/html"); // runs no script, and handlers are blocked by the CSP
  for (const chip of made.querySelectorAll(`.mention[data-member="${me}"]`)) chip.classList.add("is-me");
  element.replaceChildren(...made.body.childNodes);
  element.dataset.written = written;
}

const PICTURES = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|\p{Emoji_Modifier}|\u200d|\ufe0f|\s)+$/u;
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}/gu;
const MOST_PICTURES = 6;

/** Whether it is one emoji or a few, and nothing else. @param {string} written */
export const isEmoji = (written) =>
  PICTURES.test(written) && (written.match(PICTURE)?.length ?? 0) <= MOST_PICTURES && written.trim() !== "";

/** What was written, as it was written: until the server has made HTML of it. @param {HTMLElement} element */
export function showText(element, written) {
  const paragraph = document.createElement("p");
  paragraph.className = "as-written";
  paragraph.dir = "auto";
  paragraph.textContent = written;
  element.replaceChildren(paragraph);
  element.dataset.written = written;
}

/** @param {HTMLElement} element */
export const writtenIn = (element) => element.dataset.written ?? "";
