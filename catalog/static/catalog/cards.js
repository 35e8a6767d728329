// What a card offers, opened over the page: rate, shelve, not interested, why. The card's last link
// leads to the item's page; here it becomes a button that fetches `items/ID/actions/` into one
// popover, which all cards share. A dismissed card gives way to a box with the way back.

const LINGER = 8000; // milliseconds until lists renew themselves after a dismissal
const GAP = 8;
const gone = new Map(); // item id -> [box, card] pairs, to be put back
let box = null;
let opener = null;

function prepare(root) {
  root.querySelectorAll?.(".card-more:not([role])").forEach((link) => {
    link.setAttribute("role", "button");
    link.setAttribute("aria-haspopup", "dialog");
    link.setAttribute("aria-expanded", "false");
  });
}

function makeBox() {
  box = document.createElement("div");
  box.id = "card-actions";
  box.className = "card-actions";
  box.popover = "auto";
  box.tabIndex = -1;
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-labelledby", "card-actions-title");
  box.addEventListener("toggle", (event) => {
    if (event.newState === "open") return;
    opener?.setAttribute("aria-expanded", "false");
    const active = document.activeElement;
    if (active === document.body || box.contains(active)) focusNear(opener);
  });
  document.body.append(box);
}

/** Where a keyboard goes on: the button, or what is left of its list when the card has gone. */
function focusNear(link) {
  if (link?.isConnected) link.focus();
  else document.getElementById(link?.dataset.list)?.querySelector(".panel-row, a")?.focus();
}

/** Beside the card, where the window has room for it; a narrow window shows it at its foot. */
function place(link) {
  box.style.removeProperty("left");
  box.style.removeProperty("top");
  if (getComputedStyle(box).position !== "absolute") return;
  const card = link.closest(".card").getBoundingClientRect();
  const [width, height] = [box.offsetWidth, box.offsetHeight];
  const after = card.right + GAP;
  const before = card.left - GAP - width;
  const left = after + width + GAP <= innerWidth || before < GAP ? after : before;
  const top = Math.min(card.top, innerHeight - height - GAP);
  box.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP)) + scrollX}px`;
  box.style.top = `${Math.max(GAP, top) + scrollY}px`;
}

async function open(link) {
  if (!box) makeBox();
  const answer = await fetch(new URL("actions/", link.href)).catch(() => null);
  if (!answer?.ok) {
    location.assign(link.href);
    return;
  }
  box.innerHTML = await answer.text();
  window.htmx.process(box);
  opener = link;
  link.dataset.list = link.closest("section")?.id ?? "";
  link.setAttribute("aria-expanded", "true");
  box.showPopover({ source: link });
  place(link);
  box.focus({ preventScroll: true });
}

/** Every card of the item becomes a box that says so; the keyboard goes to its button. */
function letGo(pk, html) {
  const pairs = [...document.querySelectorAll(`.card-more[href*="/items/${pk}/"]`)].map((link) => {
    const card = link.closest(".card");
    const made = document.createElement("template");
    made.innerHTML = html;
    const notice = made.content.querySelector(".card-gone");
    card.replaceWith(notice);
    window.htmx.process(notice);
    return [notice, card];
  });
  const near = opener?.closest(".card") ?? null;
  gone.set(pk, pairs);
  box?.hidePopover();
  const own = pairs.find(([, card]) => card === near) ?? pairs[0];
  own?.[0].querySelector("button").focus({ preventScroll: true });
  setTimeout(() => renewWhenLeft(pk), LINGER);
}

/** Lists renew themselves, but not under somebody's hand. */
function renewWhenLeft(pk) {
  const pairs = gone.get(pk);
  if (!pairs) return;
  if (pairs.some(([notice]) => notice.matches(":hover, :focus-within"))) {
    setTimeout(() => renewWhenLeft(pk), LINGER / 4);
    return;
  }
  gone.delete(pk);
  window.htmx.trigger(document.body, "events-changed");
}

function bringBack(pk) {
  const pairs = gone.get(pk) ?? [];
  gone.delete(pk);
  const focused = pairs.find(([notice]) => notice.contains(document.activeElement));
  pairs.forEach(([notice, card]) => notice.replaceWith(card));
  focused?.[1].querySelector(".card-more").focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".card-more");
  if (!link || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches?.(".card-more[role]")) return;
  event.preventDefault();
  event.target.click();
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful, xhr } = event.detail;
  const form = elt.closest?.("form[data-dismiss], form[data-undo]");
  if (!successful || !form) return;
  if (form.dataset.dismiss) letGo(form.dataset.dismiss, xhr.responseText);
  else bringBack(form.dataset.undo);
});
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".card-actions details") && opener?.isConnected) place(opener);
}, true);
prepare(document);
