// A field for files says which ones were chosen. Taking what is dropped needs no script: the field covers its frame.

const size = new Intl.NumberFormat(document.documentElement.lang || "en", {
  style: "unit",
  unit: "megabyte",
  maximumFractionDigits: 1,
});
const names = new Intl.ListFormat(document.documentElement.lang || "en", { type: "unit" });

/** @param {File} file */
const described = (file) => `${file.name} (${size.format(Math.max(0.1, file.size / 1_000_000))})`;

document.addEventListener("change", (event) => {
  const field = event.target;
  const drop = field instanceof HTMLInputElement && field.type === "file" ? field.closest(".drop") : null;
  const chosen = drop?.querySelector('[data-part="chosen"]');
  if (!drop || !chosen) return;
  chosen.dataset.empty ??= chosen.textContent ?? "";
  chosen.textContent = names.format([...field.files].map(described)) || chosen.dataset.empty;
});

/** @param {string} name of an event @param {boolean} over */
function mark(name, over) {
  document.addEventListener(name, (event) => {
    const drop = event.target instanceof Element ? event.target.closest(".drop") : null;
    drop?.classList.toggle("is-over", over);
  });
}

for (const name of ["dragenter", "dragover"]) mark(name, true);
for (const name of ["dragleave", "drop"]) mark(name, false);
