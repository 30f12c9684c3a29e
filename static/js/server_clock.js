// What time it is at the server: rooms end by its clock, whatever the one of this device says.

/** When the first byte of this page came, by the clock here: what the page says of the time is from then. */
function arrivedAt() {
  const [loading] = performance.getEntriesByType("navigation");
  const start = /** @type {PerformanceNavigationTiming | undefined} */ (loading)?.responseStart ?? performance.now();
  return Date.now() - (performance.now() - start);
}

const said = document.querySelector("[data-now]");
let ahead = said instanceof HTMLElement ? new Date(said.dataset.now ?? "").getTime() - arrivedAt() : 0;

/** Milliseconds, as Date.now(). */
export const serverNow = () => Date.now() + ahead;

/** A fresher word: the gateway's hello, which is no older than the way here takes. @param {string} time */
export function hearServer(time) {
  ahead = new Date(time).getTime() - Date.now();
}
