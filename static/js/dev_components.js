// The toasts of /dev/components/.

import { toast } from "./overlays.js";

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-say]") : null;
  if (!(button instanceof HTMLElement)) return;
  const { say, kind, undo } = button.dataset;
  toast(say ?? "", { kind: /** @type {"good"} */ (kind), undo: undo && (() => toast(undo, { kind: "good" })) });
});
