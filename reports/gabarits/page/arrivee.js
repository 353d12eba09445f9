"use strict";
// Qui vient de la recherche de l'index arrive à la ligne qui porte ce qu'il cherchait, dépliée.
(() => {
  const say = (text) => {
    const said = document.createElement("p");
    said.id = "arrivee";
    said.setAttribute("role", "status");
    said.textContent = text;
    document.getElementById("contenu").prepend(said);
  };
  const arrive = () => {
    const asked = recherche.asked().trim();
    document.getElementById("arrivee")?.remove();
    if (!recherche.words(asked).length) return;
    const kinds = "tbody tr:not(.groupe), h2, h3, figcaption, summary, main li, main p";
    const places = [...document.querySelectorAll(kinds)].map((each) => recherche.place(each));
    const found = recherche.find(asked, places).map(({ element }) => element);
    // Ce qui se lit d'abord passe avant ce qui est replié.
    const first = found.find((each) => !each.closest("details:not([open])")) ?? found[0];
    document.querySelector(".trouve")?.classList.remove("trouve");
    if (!first) {
      say(`« ${asked} » : rien n’est écrit ainsi dans ce rapport.`);
      return;
    }
    const text = recherche.place(first).text;
    if (!recherche.words(asked).every((word) => text.includes(word)))
      say(`« ${asked} » : rien n’est écrit exactement ainsi ; le plus proche est encadré.`);
    for (let fold = first.closest("details"); fold; fold = fold.parentElement.closest("details"))
      fold.open = true;
    first.classList.add("trouve");
    first.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", arrive);
  arrive();
})();
