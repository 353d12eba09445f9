"use strict";
// Recherche sans accents ni casse : chaque mot saisi doit se trouver dans la ligne, à une faute près.
(() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const field = document.getElementById("recherche");
  const count = document.getElementById("compte");
  const rows = [...document.querySelectorAll(".rapports > li")].map((row) => {
    const text = plain(row.textContent + " " + row.dataset.mots);
    return { row, text, tokens: new Set(text.match(/[\p{L}\d]{4,}/gu) ?? []) };
  });
  // Une lettre fautive, oubliée, en trop ou deux échangées ; deux fautes dans un mot long.
  const near = (word, token) => {
    const most = word.length > 7 ? 2 : 1;
    if (Math.abs(word.length - token.length) > most) return false;
    let before = [], last = [...Array(token.length + 1).keys()];
    for (let i = 1; i <= word.length; i++) {
      const line = [i];
      for (let j = 1; j <= token.length; j++) {
        const same = word[i - 1] === token[j - 1];
        line[j] = Math.min(last[j] + 1, line[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && word[i - 1] === token[j - 2] && word[i - 2] === token[j - 1])
          line[j] = Math.min(line[j], before[j - 2] + 1);
      }
      [before, last] = [last, line];
    }
    return last[token.length] <= most;
  };
  // Un mot qui n'est nulle part tel quel, et n'est pas un nombre, est cherché à une faute près.
  const finder = (word) => {
    if (word.length < 5 || /\d/.test(word) || rows.some(({ text }) => text.includes(word)))
      return ({ text }) => text.includes(word);
    return ({ tokens }) => [...tokens].some((token) => near(word, token));
  };
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
    const words = plain(field.value).match(/[\p{L}\d]+/gu) ?? [];
    lift(words.length > 0);
    const tests = words.map(finder);
    let shown = 0;
    for (const each of rows) {
      each.row.hidden = !tests.every((test) => test(each));
      shown += each.row.hidden ? 0 : 1;
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
