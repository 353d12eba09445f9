"use strict";
// Qui vient de la recherche de l'index arrive à la ligne qui porte ce qu'il cherchait, dépliée.
(() => {
  const arrive = () => {
    const asked = recherche.asked();
    if (!recherche.words(asked).length) return;
    const kinds = "tbody tr:not(.groupe), h2, h3, figcaption, summary, main li, main p";
    const places = [...document.querySelectorAll(kinds)].map((each) => recherche.place(each));
    const found = recherche.find(asked, places)[0]?.element;
    if (!found) return;
    for (let fold = found.closest("details"); fold; fold = fold.parentElement.closest("details"))
      fold.open = true;
    document.querySelector(".trouve")?.classList.remove("trouve");
    found.classList.add("trouve");
    found.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", arrive);
  arrive();
})();
