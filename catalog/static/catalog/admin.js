// Landmarks that the admin's theme leaves out: by these a screen reader jumps to the content, and
// tells the parts of the page that scroll from one another.

document.addEventListener("DOMContentLoaded", () => {
  const [page] = document.title.split("|");
  document.getElementById("main")?.setAttribute("role", "main");
  document.getElementById("nav-sidebar-inner")?.setAttribute("aria-label", "Admin");
  for (const part of document.querySelectorAll("#main [data-simplebar]")) part.dataset.simplebarAriaLabel = page.trim();
});
