"use strict";
// Dessine les graphiques du rapport. Le moteur graphique est dans la page, compressé : rien n'est téléchargé.
(async () => {
  const figures = [...document.querySelectorAll("figure[data-graphique]")];
  const packed = document.getElementById("vega");
  if (!figures.length || !packed || typeof DecompressionStream === "undefined") return;
  const text = atob(packed.textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const engine = document.createElement("script");
  engine.textContent = await new Response(stream).text();
  document.head.append(engine);
  const read = (element) => JSON.parse(element.textContent);
  const { number, time } = read(document.getElementById("langue"));
  const theme = read(document.getElementById("theme"));

  // L'allure commune est écrite une fois par page, et le nom des colonnes une fois par jeu.
  const unfold = (spec) => {
    if (spec.config === "page") spec.config = structuredClone(theme);
    for (const [name, { champs, lignes }] of Object.entries(spec.datasets ?? {}))
      if (champs)
        spec.datasets[name] = lignes.map((row) =>
          Object.fromEntries(row.map((value, i) => [champs[i], value])));
    return spec;
  };

  // Un graphique simple prend la largeur de la page ; les grilles gardent la leur et défilent.
  const fit = (spec) => {
    if (spec.config) delete spec.config.autosize;
    // Sur un écran étroit, les noms laissent de la place au dessin, et la légende tient sur deux colonnes.
    const texts = (spec.layer ?? []).map(({ mark }) => mark).filter((mark) => mark?.type === "text");
    if (spec.config && document.documentElement.clientWidth < 600) {
      if (spec.config.axis) spec.config.axis.labelLimit = 150;
      (spec.config.legend ??= {}).columns = 2;
      for (const mark of texts) if (mark.limit) mark.limit = 105;
    }
    const channels = spec.encoding ?? {};
    const gridded = channels.row || channels.column || channels.facet;
    if ((spec.mark || spec.layer) && !gridded && typeof spec.width === "number") {
      spec.width = "container";
      spec.autosize = { type: "fit-x", contains: "padding" };
    }
    return spec;
  };
  let printing = false;
  addEventListener("beforeprint", () => { printing = true; });
  const pause = () => printing || !("requestIdleCallback" in window)
    ? Promise.resolve() : new Promise((go) => requestIdleCallback(go, { timeout: 100 }));

  // Une figure se fait en trois tâches, pour qu'une machine lente réponde entre deux : sa traduction de
  // Vega-Lite en Vega, la préparation de sa vue, son dessin.
  const options = {
    renderer: "svg", actions: false, ast: true, logLevel: 1, formatLocale: number, timeFormatLocale: time,
  };
  const translate = async (spec) => {
    let vega;
    const keep = (translated) => { vega = translated; throw new Error("traduit"); };
    await vegaEmbed(document.createElement("div"), spec, { ...options, mode: "vega-lite", patch: keep })
      .catch((error) => { if (!vega) throw error; });
    return vega;
  };
  const show = (element, vega, viewClass) =>
    vegaEmbed(element, vega, { ...options, mode: "vega", hover: false, ...(viewClass && { viewClass }) });
  // Le moteur ne donne sa classe de vues que par une vue : une figure d'un point, qui le met aussi en train.
  const warm = await translate({ mark: "point", data: { values: [{}] } });
  await pause();
  const { view: first, finalize } = await show(document.createElement("div"), warm);
  finalize();
  class SlicedView extends first.constructor {
    async runAsync(...rest) {
      if (!this.started) {
        this.started = true;
        await pause();
      }
      return super.runAsync(...rest);
    }
  }

  const draw = async (figure) => {
    const view = figure.querySelector(".vue");
    const words = view.getAttribute("aria-label");
    figure.classList.add("dessine");
    try {
      const vega = await translate(fit(unfold(read(figure.querySelector("script")))));
      await pause();
      await show(view, vega, SlicedView);
      // Vega dit en anglais ce qu'est la figure : c'est une image, et sa phrase est la nôtre.
      view.setAttribute("role", "img");
      view.removeAttribute("aria-roledescription");
      view.setAttribute("aria-label", words);
      const svg = view.querySelector("svg");
      svg.setAttribute("aria-hidden", "true");
      svg.setAttribute("focusable", "false");
    } catch (error) {
      figure.classList.remove("dessine");
      console.error(error);
    }
  };
  // Ce qui est à l'écran, ou près, d'abord ; le reste quand la page n'a rien d'autre à faire, ou sans
  // attendre si on imprime.
  const waiting = new Set(figures);
  const wanted = new Set();
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries)
      if (isIntersecting) wanted.add(target); else wanted.delete(target);
  }, { rootMargin: "600px" });
  figures.forEach((figure) => near.observe(figure));
  // Le tableau du graphique se replie une fois le dessin fait ; sans dessin, il reste ouvert.
  while (waiting.size) {
    await pause();
    const figure = [...wanted].find((each) => waiting.has(each)) ?? waiting.values().next().value;
    waiting.delete(figure);
    await draw(figure);
    const table = figure.querySelector("details");
    if (table && figure.classList.contains("dessine")) table.open = false;
  }
  document.documentElement.dataset.dessine = String(figures.length);
})();
