// Beside every password: a button that shows it. Under a new one: how good it is. Without this page part both are plain fields.

const SHORTEST = 8; // as AUTH_PASSWORD_VALIDATORS
const GOOD_BITS = 45;
const STRONG_BITS = 65;

/** @param {string} name @returns {string} the sentence of that name in templates/account/_password_words.html */
function word(name) {
  const words = /** @type {HTMLTemplateElement | null} */ (document.getElementById("password-words"));
  return words?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? "";
}

/**
 * How much a guesser has to try, roughly: kinds of characters that occur, for as many characters as differ from the
 * one before. The server has the last word.
 * @param {string} password
 */
function bits(password) {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password)).length;
  const fresh = [...password].filter((sign, at, all) => sign !== all[at - 1]).length;
  return fresh * Math.log2([1, 26, 45, 60, 80][kinds] ?? 80) * 0.8;
}

/** @param {string} password @param {HTMLFormElement | null} form */
function judge(password, form) {
  const own = [...(form?.querySelectorAll("input[name=username], input[name=email]") ?? [])]
    .flatMap((field) => /** @type {HTMLInputElement} */ (field).value.toLowerCase().split("@"))
    .filter((part) => part.length > 2);
  if ([...password].length < SHORTEST) return "short";
  if (own.some((part) => password.toLowerCase().includes(part))) return "own";
  if (/^\d+$/.test(password) || bits(password) < GOOD_BITS) return "weak";
  return bits(password) < STRONG_BITS ? "good" : "strong";
}

/** @param {HTMLInputElement} field */
function addHint(field) {
  const hint = document.createElement("p");
  hint.className = "password-strength small";
  hint.setAttribute("role", "status");
  const say = () => {
    const verdict = field.value && judge(field.value, field.form);
    hint.dataset.verdict = verdict;
    hint.textContent = verdict && word(verdict);
  };
  field.closest(".field")?.append(hint);
  field.form?.addEventListener("input", say);
  say();
}

/** @param {HTMLInputElement} field */
function addButton(field) {
  const button = document.createElement("button");
  const row = document.createElement("div");
  const say = () => {
    const way = field.type === "text" ? "hide" : "show";
    button.textContent = word(way);
    button.setAttribute("aria-label", word(`${way}-label`)); // begins with the word that one sees
  };
  button.type = "button";
  button.className = "button";
  button.addEventListener("click", () => {
    field.type = field.type === "text" ? "password" : "text";
    say();
  });
  row.className = "field-row";
  field.replaceWith(row);
  row.append(field, button);
  if (field.autofocus) field.focus(); // moving it in the page took the focus away
  // Browsers offer to keep what was in a password field only: it is one again when it leaves.
  field.form?.addEventListener("submit", () => {
    field.type = "password";
    say();
  });
  say();
}

for (const field of document.querySelectorAll("input[type=password]")) {
  if (!(field instanceof HTMLInputElement)) continue;
  if ("strength" in field.dataset) addHint(field);
  addButton(field);
}
