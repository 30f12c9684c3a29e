// Links to sections, made into tabs: <div data-tabs> with a .tabs of links to the ids of .tab-panel sections.
// Without this module the links lead to the sections, which then stand one below the other.

const rtl = () => document.documentElement.dir === "rtl";

/** @param {HTMLElement} tab */
const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls") ?? "");

/** @param {HTMLElement[]} tabs @param {HTMLElement} chosen */
function choose(tabs, chosen) {
  for (const tab of tabs) {
    const is = tab === chosen;
    tab.setAttribute("aria-selected", String(is));
    tab.tabIndex = is ? 0 : -1;
    const panel = panelOf(tab);
    if (panel) panel.hidden = !is;
  }
}

/** The tab that a key leads to. @param {string} key @param {HTMLElement[]} tabs @param {number} at */
function target(key, tabs, at) {
  const forward = rtl() ? "ArrowLeft" : "ArrowRight";
  const back = rtl() ? "ArrowRight" : "ArrowLeft";
  const places = { [forward]: at + 1, [back]: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
  return key in places ? tabs[places[key] % tabs.length] : undefined;
}

/** @param {HTMLElement} root */
function wake(root) {
  const list = root.querySelector(".tabs");
  const tabs = /** @type {HTMLAnchorElement[]} */ ([...(list?.querySelectorAll('a[href^="#"]') ?? [])]);
  if (!list || tabs.length === 0) return;
  list.setAttribute("role", "tablist");
  for (const tab of tabs) {
    const panel = document.getElementById(tab.hash.slice(1));
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", tab.hash.slice(1));
    tab.id ||= `tab-${tab.hash.slice(1)}`;
    panel?.setAttribute("role", "tabpanel");
    panel?.setAttribute("aria-labelledby", tab.id);
    if (panel) panel.tabIndex = 0;
  }
  list.addEventListener("click", (event) => {
    const tab = event.target instanceof Element ? event.target.closest('[role="tab"]') : null;
    if (!tab) return;
    event.preventDefault();
    choose(tabs, /** @type {HTMLElement} */ (tab));
  });
  list.addEventListener("keydown", (event) => {
    const next = target(event.key, tabs, tabs.indexOf(/** @type {HTMLAnchorElement} */ (event.target)));
    if (!next) return;
    event.preventDefault();
    choose(tabs, next);
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  choose(tabs, tabs.find((tab) => tab.hash === location.hash) ?? tabs[0]);
}

for (const root of document.querySelectorAll("[data-tabs]")) wake(/** @type {HTMLElement} */ (root));
