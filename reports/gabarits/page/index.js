"use strict";
// Ce que cherche le lecteur : les lignes de l'index qui le contiennent, et ce mot porté à la page ouverte.
(() => {
  const field = document.getElementById("recherche");
  const count = document.getElementById("compte");
  const rows = [...document.querySelectorAll(".rapports > li")]
    .map((row) => recherche.place(row, row.dataset.mots));
  const pages = [...document.querySelectorAll(".rapports a[href$='.html']")];
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
    const words = recherche.words(field.value);
    lift(words.length > 0);
    const found = new Set(recherche.find(field.value, rows));
    for (const each of rows) each.element.hidden = !found.has(each);
    for (const group of document.querySelectorAll(".groupe"))
      group.hidden = !group.querySelector(".rapports > li:not([hidden])");
    for (const link of pages)
      link.hash = words.length ? `cherche=${encodeURIComponent(field.value.trim())}` : "";
    const name = found.size > 1 ? field.dataset.plusieurs : field.dataset.un;
    const said = found.size ? `${found.size} ${name} sur ${rows.length}` : field.dataset.aucun;
    count.textContent = words.length ? said : "";
  };
  field.addEventListener("input", filter);
  // Entrée ouvre le premier rapport trouvé, à l'endroit cherché.
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (recherche.words(field.value).length)
      document.querySelector(".rapports > li:not([hidden]) a[href*='.html']")?.click();
  });
  field.value ||= recherche.asked();
  filter();
})();
