/* A list of a catalogue site on another page: docs/widget.md. No cookies, nothing kept. */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script) return;
  const set = script.dataset;
  const surface = set.surface || (set.items ? "for-items" : "popular");
  const address = new URL(`api/v1/widget/${encodeURIComponent(surface)}/`, script.src);
  for (const name of ["item", "items", "limit"]) {
    if (set[name]) address.searchParams.set(name, set[name]);
  }
  const CSS = `
:host { all: initial; display: block; container-type: inline-size; color-scheme: light dark;
  --ink: light-dark(#26221c, #f1ede6); --soft: light-dark(#5c554b, #bdb5a8);
  --line: light-dark(#dcd5c9, #4b443a); --accent: light-dark(#1f5d49, #8fdcbc);
  font: 16px/1.4 var(--catalogue-font, system-ui, sans-serif); color: var(--ink); }
:host([data-theme=light]) { color-scheme: light; }
:host([data-theme=dark]) { color-scheme: dark; }
* { box-sizing: border-box; }
h2 { font-size: 1.2em; font-weight: 600; line-height: 1.2; margin: 0 0 .6em; }
ul { display: flex; gap: .9em; list-style: none; margin: 0; padding: 3px; overflow-x: auto;
  scroll-snap-type: x proximity; scrollbar-width: thin; }
li { flex: 0 0 clamp(7.5em, 30cqi, 10em); scroll-snap-align: start; }
a { color: inherit; text-decoration: none; }
li a { display: block; border-radius: 6px; }
li a:hover b, p a:hover { text-decoration: underline; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
img { display: block; width: 100%; height: auto; aspect-ratio: 2/3; object-fit: cover; border-radius: 6px;
  background: var(--line); margin-bottom: .5em; }
b { display: block; font-weight: 600; font-size: .95em; hyphens: auto; overflow-wrap: anywhere; }
span { display: block; font-size: .8125em; color: var(--soft); overflow-wrap: anywhere; }
p { margin: .6em 0 0; font-size: .8125em; color: var(--soft); }
p a { color: var(--accent); }`;

  const make = (name, text) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    return made;
  };

  const card = (host, found, position, reason) => {
    const item = make("li");
    const link = make("a");
    link.href = found.url;
    const cover = make("img");
    Object.assign(cover, { src: found.cover, alt: "", loading: "lazy", width: 200, height: 300 });
    const by = [found.creators, found.year].filter(Boolean).join(" · ");
    link.append(cover, make("b", found.title));
    if (by) link.append(make("span", by));
    if (reason) link.append(make("span", reason));
    const tell = (what) => {
      const detail = { surface, key: found.key, position, token: found.token || null };
      host.dispatchEvent(new CustomEvent(`catalogue:${what}`, { bubbles: true, detail }));
    };
    link.addEventListener("click", () => tell("opened"));
    const seen = new IntersectionObserver((looks) => {
      if (!looks.some((look) => look.isIntersecting)) return;
      seen.disconnect();
      tell("shown");
    }, { threshold: 0.5 });
    seen.observe(item);
    item.append(link);
    return item;
  };

  const show = (list) => {
    if (!list.results.length) return;
    const host = make("div");
    if (set.theme) host.dataset.theme = set.theme;
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // not an inline style: strict policies let it through
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    const section = make("section");
    Object.assign(section, { lang: list.language, dir: list.direction });
    const title = set.title || list.title;
    section.setAttribute("aria-label", title);
    const row = make("ul");
    const differ = new Set(list.results.map((found) => found.reason)).size > 1; // else the title says it
    row.append(...list.results.map((found, at) => card(host, found, at, differ && found.reason)));
    const from = make("p");
    const home = make("a", list.site);
    home.href = list.url;
    from.append(home);
    section.append(make("h2", title), row, from);
    root.append(section);
    const place = set.target && document.querySelector(set.target);
    if (place) place.replaceChildren(host);
    else script.after(host);
  };

  fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
    .then(show)
    .catch((error) => console.warn(`The list of ${address.origin} is not shown:`, error.message));
})();
