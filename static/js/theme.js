// Light or dark, before the first paint: a small blocking script, since the CSP allows none inline.
// Without a choice the system decides. `data-theme` is the choice, `data-scheme` what is shown.
(() => {
  const KEY = "plaza.theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be switched off
    }
  };

  const remember = (choice) => {
    try {
      if (choice) localStorage.setItem(KEY, choice);
      else localStorage.removeItem(KEY);
    } catch {
      // the choice then lasts as long as the page
    }
  };

  const show = (choice) => {
    const scheme = choice ?? (system.matches ? "dark" : "light");
    if (choice) root.dataset.theme = choice;
    else delete root.dataset.theme;
    root.dataset.scheme = scheme;
    for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
      meta.content = scheme === "dark" ? "#06050d" : "#f0f1f6";
    }
  };

  const given = "themeGiven" in root.dataset ? root.dataset.theme : null; // the page itself says how it looks
  const known = (choice) => given ?? (choice === "light" || choice === "dark" ? choice : null);

  show(known(stored()));
  system.addEventListener("change", () => show(known(stored())));
  addEventListener("storage", (event) => event.key === KEY && show(known(event.newValue)));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-toggle]")) return;
    const next = root.dataset.scheme === "dark" ? "light" : "dark";
    const choice = next === (system.matches ? "dark" : "light") ? null : next;
    remember(choice);
    show(choice);
  });
})();
