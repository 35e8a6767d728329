// On a person's own pages: empty filters stay out of the address, and whoever removes a row by
// keyboard finds the focus on the button that brings it back.

document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches?.("form.filters")) return;
  const sent = event.detail.parameters;
  for (const name of [...Object.keys(sent)]) if (!sent[name]) delete sent[name];
  if (sent.sort === "newest") delete sent.sort;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const removes = detail.requestConfig?.elt.closest("[data-removes]");
  // Whoever has gone on to something else meanwhile stays there.
  if (removes && document.activeElement === document.body)
    document.querySelector("#said .undo")?.focus();
});
