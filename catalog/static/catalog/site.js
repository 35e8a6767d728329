// What HTML alone cannot do: count a page that was really looked at, scroll panels by buttons, send
// a rating when a star is chosen and htmx is missing, say in words when sending failed, and say so
// in a page of the site's own when there is no network.

const SEEN_AFTER = 2000;
const words = document.body.dataset;

/** Post the view once, when the page has been visible for two seconds in all. */
function countView(form) {
  let timer = 0;
  let left = SEEN_AFTER;
  let since = 0;
  const send = () => {
    document.removeEventListener("visibilitychange", watch);
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
  };
  const watch = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") {
      since = performance.now();
      timer = setTimeout(send, left);
    } else if (since) {
      left = Math.max(0, left - (performance.now() - since));
    }
  };
  document.addEventListener("visibilitychange", watch);
  watch();
}

const ARROWS = { previous: "M12 4 6 10l6 6", next: "m8 4 6 6-6 6" };

function stepButton(row, name, direction) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", words[name]);
  button.innerHTML = `<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><path d="${ARROWS[name]}" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
  button.addEventListener("click", () => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const turned = getComputedStyle(row).direction === "rtl" ? -1 : 1;
    row.scrollBy({ left: turned * direction * row.clientWidth * 0.8, behavior: calm ? "auto" : "smooth" });
  });
  return button;
}

/** Give a panel's row two buttons, shown where there is something to scroll to. */
function addSteps(panel) {
  const row = panel.querySelector(".panel-row");
  const header = panel.querySelector(".panel-header");
  if (!row || !header || header.querySelector(".panel-steps")) return;
  const steps = document.createElement("div");
  steps.className = "panel-steps";
  const [back, on] = [stepButton(row, "previous", -1), stepButton(row, "next", 1)];
  steps.append(back, on);
  header.append(steps);
  const update = () => {
    const at = Math.abs(row.scrollLeft);
    steps.hidden = row.scrollWidth <= row.clientWidth + 8;
    back.disabled = at < 8;
    on.disabled = at > row.scrollWidth - row.clientWidth - 8;
  };
  row.addEventListener("scroll", update, { passive: true });
  new ResizeObserver(update).observe(row);
  update();
}

/** A picture that cannot be had gives way to the drawn cover beneath it. */
function dropBroken(picture) {
  if (picture.matches?.("img.cover-picture")) picture.remove();
}

function prepare(root) {
  const panels = root.querySelectorAll ? [...root.querySelectorAll(".panel")] : [];
  if (root.matches?.(".panel")) panels.push(root);
  panels.forEach(addSteps);
}

function say(text) {
  const line = document.createElement("p");
  line.className = "message error";
  line.textContent = text;
  document.getElementById("said")?.replaceChildren(line);
  line.scrollIntoView({ block: "nearest" });
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-autosend]");
  if (form && !window.htmx) form.requestSubmit();
});
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
document.addEventListener("htmx:responseError", (event) => {
  const { xhr, elt } = event.detail;
  const plain = xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
  if (elt instanceof HTMLFormElement) elt.reset();
  say(plain ? xhr.responseText : words.failed);
});
document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.elt instanceof HTMLFormElement) event.detail.elt.reset();
  say(words.failed);
});

// What was pressed may be gone when its answer comes, replaced by another answer; htmx then finds no
// place for the words, since it looks for one around what was pressed.
document.addEventListener("htmx:oobErrorNoTarget", ({ detail }) => {
  const place = document.querySelector(detail.target);
  if (place) place.replaceWith(detail.content);
  else console.error(`nowhere to put ${detail.target}`);
});

/** The open menu, if there is one: a click or a focus elsewhere closes it, and so does Escape. */
const openMenu = () => document.querySelector("details.account[open]");

for (const happening of ["click", "focusin"]) {
  document.addEventListener(happening, (event) => {
    const menu = openMenu();
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
}
document.addEventListener("keydown", (event) => {
  const menu = openMenu();
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("error", (event) => dropBroken(event.target), true);
document.querySelectorAll("img.cover-picture").forEach((picture) => {
  if (picture.complete && !picture.naturalWidth && picture.currentSrc) dropBroken(picture);
});
prepare(document);
document.querySelectorAll("form[data-view]").forEach(countView);
if (words.worker) navigator.serviceWorker?.register(words.worker).catch(() => {});
