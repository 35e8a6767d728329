// Tells the site which positions of its lists, and which predicted ratings, were really seen: at
// least half of them, for one second, in a page that is looked at; and which cards were opened. Lists
// carry a signed token in `data-seen`, predictions in `data-said`. Nothing is sent of lists without.

const AFTER = 1000; // milliseconds
const GATHER = 1500; // milliseconds until what was seen is sent together
const MOST_LISTS = 20; // in one report
const address = document.body.dataset.seenAt;
const places = new WeakMap(); // element -> { token, position } or { said }
const visible = new Map(); // element -> timer, 0 while the page is not looked at
const told = new Map(); // token -> positions that were noted before
let waiting = new Map(); // token -> { seen, opened }
let said = new Set();
let sending = 0;

function send() {
  clearTimeout(sending);
  sending = 0;
  const lists = [...waiting].map(([token, { seen, opened }]) => ({ token, seen, opened }));
  const guesses = [...said];
  waiting = new Map();
  said = new Set();
  while (lists.length || guesses.length) {
    const report = { lists: lists.splice(0, MOST_LISTS / 2), said: guesses.splice(0, MOST_LISTS / 2) };
    fetch(address, { method: "POST", body: JSON.stringify(report), keepalive: true }).catch(() => {});
  }
}

function note(place, kind) {
  if (place.said) {
    said.add(place.said);
    send(); // before its reader rates
    return;
  }
  const known = told.get(place.token) ?? new Set();
  const mark = `${kind}${place.position}`;
  if (known.has(mark)) return;
  told.set(place.token, known.add(mark));
  const report = waiting.get(place.token) ?? { seen: [], opened: [] };
  report[kind].push(place.position);
  waiting.set(place.token, report);
  sending ||= setTimeout(send, GATHER);
}

/** Seen once is seen: it need not be watched any longer. */
function watch(element) {
  clearTimeout(visible.get(element));
  const looked = document.visibilityState === "visible";
  visible.set(element, looked ? setTimeout(() => {
    visible.delete(element);
    observer.unobserve(element);
    if (element.isConnected) note(places.get(element), "seen");
  }, AFTER) : 0);
}

const observer = new IntersectionObserver((entries) => {
  for (const { target, intersectionRatio } of entries) {
    if (intersectionRatio >= 0.5) watch(target);
    else {
      clearTimeout(visible.get(target));
      visible.delete(target);
    }
  }
}, { threshold: 0.5 });

function begin(root) {
  if (!(root instanceof Element)) return;
  const all = (name) => [...(root.matches(name) ? [root] : []), ...root.querySelectorAll(name)];
  for (const list of all("[data-seen]")) {
    [...list.children].forEach((element, position) => {
      places.set(element, { token: list.dataset.seen, position });
      observer.observe(element);
    });
  }
  for (const element of all("[data-said]")) {
    places.set(element, { said: element.dataset.said });
    observer.observe(element);
  }
}

/** A card's own link was followed, by whatever button or key. */
function opened(event) {
  if (event.type === "auxclick" && event.button !== 1) return;
  const row = event.target.closest?.(".card-link")?.closest("[data-seen] > *");
  if (!row || !places.has(row)) return;
  note(places.get(row), "opened");
  send();
}

if (address) {
  begin(document.body);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) addedNodes.forEach(begin);
  }).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("click", opened);
  document.addEventListener("auxclick", opened);
  document.addEventListener("visibilitychange", () => {
    [...visible.keys()].forEach(watch);
    if (document.visibilityState === "hidden") send();
  });
  addEventListener("pagehide", send);
}
