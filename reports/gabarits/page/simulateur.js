"use strict";
// Essai d'une correction : additionne, pour la valeur de κ et les unités choisies, les comptes que
// les règles de décision ont donnés. Rien n'est estimé : chaque cran de κ a été calculé.
(() => {
  const write = (value, decimals = 0) =>
    value.toLocaleString("fr-FR", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
      .replaceAll("\u202f", "\u00a0").replace("-", "\u2212");
  const signed = (value) => (value > 0 ? "+" : "") + write(value);
  const add = (sums, counts) => counts.forEach((count, i) => { sums[i] += count; });

  for (const panel of document.querySelectorAll("[data-simulateur]")) {
    const [kappas, units, fixed] = JSON.parse(panel.dataset.simulateur);
    const slider = panel.querySelector("input[type=range]");
    const boxes = [...panel.querySelectorAll("input[type=checkbox]")];
    const zero = kappas.indexOf(0);
    if (zero < 0 || !units.length || boxes.length !== units.length) continue;
    const total = (point, chosen) => {
      const sums = new Array(units[0][0].length).fill(0);
      units.forEach((points, i) => add(sums, points[chosen(i) ? point : zero]));
      fixed.forEach((counts) => add(sums, counts));
      return sums;
    };
    const before = total(zero, () => false);
    const fillIn = (name, values, text) => {
      for (const cell of panel.querySelectorAll(`[data-${name}]`))
        cell.textContent = text(values[Number(cell.dataset[name])]);
    };
    const update = () => {
      const point = Number(slider.value);
      const chosen = boxes.filter((box) => box.checked).length;
      const after = total(point, (i) => boxes[i].checked);
      const kappa = write(kappas[point], 1);
      slider.setAttribute("aria-valuetext", `κ = ${kappa}`);
      panel.querySelector("output").textContent = kappa;
      fillIn("avant", before, (value) => write(value));
      fillIn("apres", after, (value) => write(value));
      fillIn("ecart", after.map((value, i) => value - before[i]), signed);
      const [moved, shift] = after;
      const changed = after[after.length - 1];
      panel.querySelector("[role=status]").textContent =
        `κ = ${kappa}, ${chosen} unité${chosen > 1 ? "s" : ""} sur ${units.length} : ` +
        (moved ? `${write(moved)} note${moved > 1 ? "s" : ""} modifiée${moved > 1 ? "s" : ""}, de ` +
          `${write(shift / moved, 2)} point en moyenne ; ${write(changed)} décision` +
          `${changed > 1 ? "s" : ""} changée${changed > 1 ? "s" : ""}.` : "aucune note modifiée.");
    };
    for (const button of panel.querySelectorAll("[data-choix]"))
      button.addEventListener("click", () => {
        const kinds = button.dataset.choix.split(" ");
        for (const box of boxes)
          box.checked = kinds.includes("tous") || kinds.includes(box.dataset.signal);
        update();
      });
    slider.addEventListener("input", update);
    boxes.forEach((box) => box.addEventListener("change", update));
    update();
    panel.hidden = false;
  }
})();
