// On a person's own pages: empty filters stay out of the address, and whoever removes a row by
// keyboard finds the focus on the button that brings it back.

let removing = false;

document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches?.("form.filters")) return;
  const sent = event.detail.parameters;
  for (const name of [...Object.keys(sent)]) if (!sent[name]) delete sent[name];
  if (sent.sort === "newest") delete sent.sort;
});
document.addEventListener("htmx:beforeRequest", (event) => {
  removing = Boolean(event.target.closest?.("[data-removes]"));
});
document.addEventListener("htmx:afterRequest", () => {
  if (!removing) return;
  removing = false;
  document.querySelector("#said .undo")?.focus();
});
