// Entries of a list can be dragged into another order, by mouse, pen or finger; the buttons beside
// them do the same. A handle is added here, since without a script it would do nothing. Changes are
// sent one after another, so that the order seen last is the one that was made last.

const DOTS = '<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><g fill="currentColor"><circle cx="7" cy="5" r="1.6"/><circle cx="13" cy="5" r="1.6"/><circle cx="7" cy="10" r="1.6"/><circle cx="13" cy="10" r="1.6"/><circle cx="7" cy="15" r="1.6"/><circle cx="13" cy="15" r="1.6"/></g></svg>';

function place(row) {
  return [...row.parentElement.children].indexOf(row) + 1;
}

/** Put the dragged row where the pointer is. */
function follow(row, y) {
  for (const other of row.parentElement.children) {
    if (other === row) continue;
    const { top, height } = other.getBoundingClientRect();
    if (y < top || y > top + height) continue;
    const before = y < top + height / 2;
    const wanted = before ? other : other.nextElementSibling;
    if (wanted !== row && wanted !== row.nextElementSibling) row.parentElement.insertBefore(row, wanted);
    return;
  }
}

/** The list itself asks: what was dragged or pressed may be gone when its turn comes. */
function ask(address, values) {
  const shown = { source: "#entries", target: "#entries", select: "#entries > *", swap: "innerHTML" };
  window.htmx?.ajax("POST", address, { values, ...shown });
}

function send(row) {
  const token = row.querySelector("input[name=csrfmiddlewaretoken]").value;
  ask(row.dataset.address, { csrfmiddlewaretoken: token, do: String(place(row)) });
}

function addHandle(row) {
  if (row.querySelector(".entry-handle")) return;
  const handle = document.createElement("span");
  handle.className = "entry-handle";
  handle.setAttribute("aria-hidden", "true");
  handle.innerHTML = DOTS;
  row.prepend(handle);
  handle.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    drag(row);
  });
}

/** Until the pointer is let go. The page listens, since a row that moves loses its pointer. */
function drag(row) {
  const from = place(row);
  const move = (event) => {
    follow(row, event.clientY);
    if (event.clientY < 60) scrollBy(0, -12);
    if (event.clientY > innerHeight - 60) scrollBy(0, 12);
  };
  const dragging = new AbortController();
  const { signal } = dragging;
  const drop = () => {
    dragging.abort();
    row.classList.remove("entry-dragged");
    if (place(row) !== from) send(row);
  };
  row.classList.add("entry-dragged");
  document.addEventListener("pointermove", move, { signal });
  document.addEventListener("pointerup", drop, { signal });
  document.addEventListener("pointercancel", drop, { signal });
}

const prepare = () => document.querySelectorAll("[data-entry]").forEach(addHandle);
document.addEventListener("htmx:afterSettle", prepare);
document.addEventListener("htmx:confirm", (event) => {
  const { elt: form, triggeringEvent } = event.detail;
  if (!form.matches("#entries form, #found form")) return;
  event.preventDefault();
  ask(form.action, Object.fromEntries(new FormData(form, triggeringEvent.submitter)));
});
prepare();
