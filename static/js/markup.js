// The one place where HTML of the server's making comes into a page. core/markup.py has sanitised it.

/**
 * @param {HTMLElement} element
 * @param {string} html as the server sent it
 * @param {string} written the text that it was made of, which is what one edits
 */
export function showHtml(element, html, written) {
  const made = new DOMParser().parseFromString(html, "text/html"); // runs no script, and handlers are blocked by the CSP
  element.replaceChildren(...made.body.childNodes);
  element.dataset.written = written;
}

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
