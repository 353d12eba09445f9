"use strict";
// What a fault says is read first, and files dropped on the zone go to its field.
addEventListener("DOMContentLoaded", () => {
  document.querySelector("[data-nouveau]")?.focus();
  for (const zone of document.querySelectorAll(".zone")) {
    const field = zone.querySelector("input[type=file]");
    for (const kind of ["dragover", "dragleave", "drop"]) {
      zone.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.classList.toggle("survol", kind === "dragover");
      });
    }
    zone.addEventListener("drop", (event) => {
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
});
for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  addEventListener(kind, () => { document.getElementById("panne").hidden = false; });
}
