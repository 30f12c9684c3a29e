// Some phones lay their keyboard over the page instead of making the page smaller, and move the page up until the field
// is in sight: the head is gone then. The room is told how much is covered, and is as high as what can be seen.

const LEAST = 120; // pixels; less than that is a bar of the browser's

const page = document.documentElement;
const seen = window.visualViewport;

function measure() {
  const isZoomed = seen.scale > 1.01;
  const covered = isZoomed ? 0 : Math.round(window.innerHeight - seen.height);
  const isKeyboard = covered >= LEAST;
  page.style.setProperty("--covered", isKeyboard ? `${covered}px` : "0px");
  page.classList.toggle("has-keyboard", isKeyboard);
  if (isKeyboard) window.scrollTo(0, 0);
}

export function watchKeyboard() {
  seen?.addEventListener("resize", measure);
}
