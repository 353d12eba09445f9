"use strict";
// Recherche sans accents ni casse : chaque mot demandé doit se trouver dans la ligne, à une faute près.
const recherche = (() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
    .replaceAll("œ", "oe").replaceAll("æ", "ae");
  // Les cellules d'une ligne se touchent dans son texte : une espace les sépare.
  const written = (element) => element.cells
    ? [...element.cells].map((cell) => cell.textContent).join(" ") : element.textContent;
  const place = (element, more = "") => {
    const text = plain(written(element) + " " + more);
    return { element, text, tokens: new Set(text.match(/[\p{L}\d]{4,}/gu) ?? []) };
  };
  // Une lettre fautive, oubliée, en trop ou deux échangées ; deux fautes dans un mot long.
  const faults = (word, token, most) => {
    if (Math.abs(word.length - token.length) > most) return Infinity;
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
    return last[token.length];
  };
  // Un mot qui n'est nulle part tel quel, et n'est pas un nombre, est cherché aux fautes près : ce qui
  // s'en écarte le moins l'emporte, seul.
  const finder = (word, places) => {
    if (word.length < 5 || /\d/.test(word) || places.some(({ text }) => text.includes(word)))
      return ({ text }) => text.includes(word);
    const most = word.length > 7 ? 2 : 1;
    const known = new Set(places.flatMap(({ tokens }) => [...tokens]));
    const far = new Map([...known].map((token) => [token, faults(word, token, most)]));
    const least = Math.min(most, ...far.values());
    return ({ tokens }) => [...tokens].some((token) => far.get(token) <= least);
  };
  const words = (asked) => plain(asked).match(/[\p{L}\d]+/gu) ?? [];
  const find = (asked, places) => {
    const tests = words(asked).map((word) => finder(word, places));
    return places.filter((each) => tests.every((test) => test(each)));
  };
  // Ce qu'une page transmet à la suivante ne va qu'après le # : rien n'en part vers un serveur.
  const asked = () => new URLSearchParams(location.hash.slice(1)).get("cherche") ?? "";
  return { place, words, find, asked };
})();
