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
// The page as it is once a run has ended, asked for once; never over what is being typed.
let typed = false;
addEventListener("input", () => { typed = true; });
addEventListener("bureau:fini", () => {
  const tab = document.querySelector("nav.onglets [aria-current]");
  const where = location.pathname === tab.pathname ? location.pathname + location.search : tab.href;
  document.querySelector(".fini").href = where;
  if (!typed) location.replace(where);
});
// A server that is busy answers late: only one that is gone is told, until it answers again.
addEventListener("htmx:sendError", () => { document.getElementById("panne").hidden = false; });
addEventListener("htmx:afterOnLoad", () => { document.getElementById("panne").hidden = true; });
