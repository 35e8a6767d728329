// Suggestions under the search field while somebody types: a combobox with a list box.
// Arrow keys walk, Enter opens, Escape closes. Without this module the field is a plain form.

const PAUSE = 120;
const field = document.getElementById("search");
const box = document.getElementById("suggest");

let timer = 0;
let asked = null;
let chosen = -1;

const options = () => [...box.querySelectorAll("[role=option]")];

function close() {
  clearTimeout(timer);
  asked?.abort();
  box.hidden = true;
  choose(-1);
  field.setAttribute("aria-expanded", "false");
}

function choose(at) {
  const all = options();
  all.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
  chosen = at;
  if (at < 0) {
    field.removeAttribute("aria-activedescendant");
    return;
  }
  field.setAttribute("aria-activedescendant", all[at].id);
  all[at].scrollIntoView({ block: "nearest" });
}

async function ask() {
  const query = field.value.trim();
  asked?.abort();
  if (!query) return close();
  asked = new AbortController();
  try {
    const address = `${box.dataset.address}?q=${encodeURIComponent(query)}`;
    const answer = await fetch(address, { signal: asked.signal });
    if (!answer.ok) return close();
    const html = await answer.text();
    if (document.activeElement !== field || field.value.trim() !== query) return;
    box.innerHTML = html;
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    const some = options().length > 0;
    box.hidden = !some;
    field.setAttribute("aria-expanded", String(some));
  } catch (problem) {
    if (problem.name !== "AbortError") close();
  }
}

function walk(event) {
  const count = options().length;
  if (event.key === "Escape" && !box.hidden) {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && chosen >= 0 && !box.hidden) {
    event.preventDefault();
    location.assign(options()[chosen].dataset.address);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (box.hidden) return void ask();
    const step = event.key === "ArrowDown" ? 1 : -1;
    // One place more than there are options: the field itself.
    choose(((chosen + 1 + step + count + 1) % (count + 1)) - 1);
  }
}

if (field && box) {
  const described = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" };
  Object.entries(described).forEach(([name, value]) => field.setAttribute(name, value));
  field.setAttribute("aria-controls", "suggest");
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => !event.isComposing && walk(event));
  field.addEventListener("blur", close);
  box.addEventListener("mousedown", (event) => event.preventDefault());
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.address);
  });
}
