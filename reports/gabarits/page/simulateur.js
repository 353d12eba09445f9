"use strict";
// Essai de corrections en points, lieu par lieu : additionne les comptes que les règles de décision
// ont donnés pour chaque nombre de points. Rien n'est estimé : chaque valeur a été calculée.
(() => {
  const write = (value) => value.toLocaleString("fr-FR")
    .replaceAll("\u202f", "\u00a0").replace("-", "\u2212");
  const signed = (value) => (value > 0 ? "+" : "") + write(value);
  const count = (n, one, many) => `${write(n)} ${n > 1 ? many : one}`;

  for (const board of document.querySelectorAll("[data-essai]")) {
    const { avant, colonnes } = JSON.parse(board.dataset.essai);
    const panels = [...board.querySelectorAll("[data-simulateur]")].map((panel) => {
      const data = JSON.parse(panel.dataset.simulateur);
      return { panel, data, grid: new Map(data.unites), inputs: [...panel.querySelectorAll("input")] };
    });

    // Seules les valeurs calculées comptent : une autre revient à la plus proche.
    const settle = (input) => {
      const value = Math.max(-3, Math.min(3, Math.round(Number(input.value || 0) * 2) / 2));
      if (String(value) !== input.value && input !== document.activeElement) input.value = value;
      return value;
    };
    const update = ({ panel, grid, inputs }) => {
      const sums = [0, 0, 0, 0, 0, 0];
      let chosen = 0;
      for (const input of inputs) {
        const value = settle(input);
        if (!value) continue;
        chosen += 1;
        grid.get(input.dataset.unite)[String(value)].forEach((n, i) => { sums[i] += n; });
      }
      const [marks, ...moves] = sums;
      const fill = (name, text) => {
        for (const cell of panel.querySelectorAll(`[data-${name}]`))
          cell.textContent = text(Number(cell.dataset[name]));
      };
      fill("avant", (i) => write(avant[i]));
      fill("apres", (i) => write(avant[i] + moves[i]));
      fill("ecart", (i) => signed(moves[i]));
      panel.querySelector("[role=status]").textContent = chosen
        ? `${count(marks, "note modifiée", "notes modifiées")} : ` +
          `${count(moves[3], "candidat gagne", "candidats gagnent")} l’admission, ` +
          `${count(moves[4], "la perd", "la perdent")}.`
        : "Aucun point essayé : les propositions sont celles d’aujourd’hui.";
    };
    for (const entry of panels) {
      entry.panel.addEventListener("input", () => update(entry));
      entry.panel.addEventListener("change", () => update(entry));
      update(entry);
    }

    // Le fichier a les colonnes que l'import attend ; motif, auteur et date restent à remplir.
    const cell = (text) => (/[";\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    board.querySelector("[data-enregistrer]").addEventListener("click", () => {
      const lines = panels.flatMap(({ data, inputs }) => inputs.filter(settle).map((input) => ({
        epreuve: data.epreuve, unite: input.dataset.unite, type_unite: data.type_unite,
        decision: "DECALAGE", decalage: String(settle(input)).replace(".", ","),
      })));
      const rows = [colonnes, ...lines.map((line) => colonnes.map((name) => line[name] ?? ""))];
      const text = "\ufeff" + rows.map((row) => row.map(cell).join(";")).join("\r\n") + "\r\n";
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      link.download = "decisions_harmonisation.csv";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      board.querySelector("[data-enregistre]").textContent =
        `${count(lines.length, "ligne", "lignes")} ; motif, auteur et date restent à remplir.`;
    });
    board.hidden = false;
  }
  // Un lien du tableau mène à la case d'un lieu, fût-elle repliée : on y écrit aussitôt.
  const reach = () => {
    const input = location.hash.startsWith("#essai-") && document.getElementById(location.hash.slice(1));
    if (!input) return;
    for (let fold = input.closest("details"); fold; fold = fold.parentElement.closest("details"))
      fold.open = true;
    input.scrollIntoView({ block: "center" });
    input.focus({ preventScroll: true });
    input.select();
  };
  addEventListener("hashchange", reach);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".pq-essayer")?.hash === location.hash) reach();
  });
  reach();
})();
