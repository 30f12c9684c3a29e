// Pictures (templates/_gallery.html): small ones choose the large one, which opens over the page.
// Without this module every picture is a link to itself.

/** @param {HTMLElement} gallery */
function wake(gallery) {
  const part = (name) => /** @type {HTMLElement} */ (gallery.querySelector(`[data-part="${name}"]`));
  const links = /** @type {HTMLAnchorElement[]} */ ([...gallery.querySelectorAll('[data-part="small"]')]);
  const box = /** @type {HTMLDialogElement} */ (part("box"));
  const stage = /** @type {HTMLAnchorElement} */ (part("stage"));
  let at = 0;

  /** @param {number} number */
  function show(number) {
    at = (number + links.length) % links.length;
    const chosen = links[at];
    const alt = chosen.querySelector("img")?.alt ?? "";
    for (const link of links) link.setAttribute("aria-current", String(link === chosen));
    stage.href = chosen.href;
    for (const image of [stage.querySelector("img"), part("picture")]) {
      image.src = chosen.href;
      image.alt = alt;
    }
    part("caption").textContent = alt;
    part("count").textContent = `${at + 1} / ${links.length}`;
  }

  /** @param {KeyboardEvent} event */
  function turn(event) {
    const rtl = document.documentElement.dir === "rtl";
    const steps = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 };
    const ends = { Home: 0, End: links.length - 1 };
    if (event.key in steps) show(at + steps[event.key]);
    else if (event.key in ends) show(ends[event.key]);
    else return;
    event.preventDefault();
  }

  gallery.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const small = target?.closest('[data-part="small"]');
    if (small) {
      event.preventDefault();
      show(links.indexOf(small));
    } else if (target?.closest('[data-part="stage"]')) {
      event.preventDefault();
      box.showModal();
    } else if (target?.closest('[data-part="before"]')) show(at - 1);
    else if (target?.closest('[data-part="after"]')) show(at + 1);
  });
  box.addEventListener("keydown", turn);
  part("smalls")?.addEventListener("keydown", (event) => {
    turn(event);
    if (event.defaultPrevented) links[at].focus();
  });
  show(0);
}

for (const gallery of document.querySelectorAll("[data-gallery]")) wake(/** @type {HTMLElement} */ (gallery));
