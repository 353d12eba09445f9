"use strict";
// Recherche sans accents ni casse : chaque mot saisi doit se trouver dans la ligne.
(() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const field = document.getElementById("recherche");
  const count = document.getElementById("compte");
  const rows = [...document.querySelectorAll(".rapports > li")].map((row) => [
    row, plain(row.textContent + " " + row.dataset.mots),
  ]);
  // Qui cherche un établissement veut d'abord sa fiche.
  const fiches = document.getElementById("fiches");
  const home = fiches?.previousElementSibling;
  const lift = (searching) => {
    if (!fiches) return;
    (searching ? field.form : home).after(fiches);
    const folded = fiches.querySelector("details");
    if (folded) folded.open = searching;
  };
  const filter = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    lift(words.length > 0);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    for (const group of document.querySelectorAll(".groupe"))
      group.hidden = !group.querySelector("li:not([hidden])");
    count.textContent = words.length
      ? `${shown} ${shown > 1 ? field.dataset.plusieurs : field.dataset.un} sur ${rows.length}` : "";
  };
  field.addEventListener("input", filter);
  field.form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
