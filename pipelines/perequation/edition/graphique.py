"""Charts in pages: the view, the words that stand for it, its data as a table, the engine."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perequation.socle import formats
from perequation.socle.fichiers import write_whole
from perequation.socle.formats import curl

VEGA_TYPES = ("application/vnd.vegalite.v6+json", "application/vnd.vegalite.v5+json")
ROWS_SHOWN = 100
# Stands for the look shared by the charts of a page.
SHARED = "page"
_NESTED = ("layer", "hconcat", "vconcat", "concat")


class Figures:
    """The figures of one page, numbered as they come; `theme` is the look they share."""

    def __init__(self) -> None:
        self.nombre = 0
        self.theme: Mapping[str, Any] | None = None

    def add(self, spec: Mapping[str, Any]) -> str:
        """Return the HTML of a chart given as a Vega-Lite specification."""
        self.nombre += 1
        texte = html.escape(description(spec))
        legende = f"<figcaption>{texte}</figcaption>" if texte else ""
        return (
            f'<figure data-graphique="{self.nombre}">'
            f'<div class="vue" role="img" aria-label="{texte or "Graphique"}"></div>'
            f'<script type="application/json">{curl(embed_json(self._compact(spec)))}</script>'
            f"{legende}{data_table(spec)}</figure>"
        )

    def _compact(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the page's script makes the specification of again, at half the weight.

        The look is written once a page, the names of the columns once a data set.
        """
        short = dict(spec)
        self.theme = self.theme or spec.get("config")
        if self.theme and spec.get("config") == self.theme:
            short["config"] = SHARED
        if "datasets" in spec:
            short["datasets"] = {nom: _columnar(jeu) for nom, jeu in spec["datasets"].items()}
        return short


def _columnar(jeu: Any) -> Any:
    """Return rows as their columns' names and their values; what has other rows, as it is."""
    if not isinstance(jeu, list) or not jeu or not isinstance(jeu[0], dict):
        return jeu
    lignes: list[Any] = jeu
    champs: list[str] = list(lignes[0])
    if any(not isinstance(ligne, dict) or list(ligne) != champs for ligne in lignes):
        return lignes
    return {"champs": champs, "lignes": [list(ligne.values()) for ligne in lignes]}


def embed_json(value: Any) -> str:
    """Write JSON that no HTML parser can mistake for the end of a script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def description(spec: Mapping[str, Any]) -> str:
    """Return the words a chart declares for itself, else its title."""
    titre = spec.get("title") or ""
    if isinstance(titre, Mapping):
        titre = titre.get("text", "")
    texte = spec.get("description") or titre
    return " ".join(texte) if isinstance(texte, list) else str(texte)


@dataclass(frozen=True)
class ChartColumn:
    """A column of a chart's data: its field, its French name and how it is written."""

    champ: str
    titre: str
    format: str


def data_table(spec: Mapping[str, Any]) -> str:
    """Return the data of a chart as a folding table, in the words of its tooltips and axes.

    A chart opts out with ``usermeta={"perequation": {"tableau": False}}`` when a table of the
    same figures stands beside it.
    """
    if not (spec.get("usermeta") or {}).get("perequation", {}).get("tableau", True):
        return ""
    tableaux = [
        _table(lignes, colonnes) for lignes, colonnes in _sources(spec) if colonnes and lignes
    ]
    if not tableaux:
        return ""
    corps = "".join(tableaux)
    return (
        "<details open><summary>Données du graphique</summary>"
        f'<div class="defile" tabindex="0">{corps}</div></details>'
    )


def _sources(spec: Mapping[str, Any]) -> Iterator[tuple[list[dict[str, Any]], list[ChartColumn]]]:
    """Yield each data set of a chart with the columns it shows."""
    jeux = spec.get("datasets", {})
    par_jeu: dict[str, list[Mapping[str, Any]]] = {}
    for nom, encodage in _encodings(spec, "", {}):
        par_jeu.setdefault(nom, []).append(encodage)
    for nom, encodages in par_jeu.items():
        lignes = jeux.get(nom)
        if isinstance(lignes, list):
            yield lignes, _columns(encodages, set(lignes[0]) if lignes else set())


def _encodings(
    spec: Mapping[str, Any], jeu: str, herite: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    nom = (spec.get("data") or {}).get("name", jeu)
    encodage = {**herite, **spec.get("encoding", {})}
    if isinstance(spec.get("facet"), Mapping):
        encodage = {"facet": spec["facet"], **encodage}
    enfants = [enfant for cle in _NESTED for enfant in spec.get(cle, ())]
    if isinstance(spec.get("spec"), Mapping):
        enfants.append(spec["spec"])
    if not enfants:
        yield nom, encodage
    for enfant in enfants:
        yield from _encodings(enfant, nom, encodage)


def _columns(encodages: list[Mapping[str, Any]], champs: set[str]) -> list[ChartColumn]:
    """Choose the columns: those of tooltips first, then axes and legends that have a title."""
    trouvees: dict[str, ChartColumn] = {}
    for encodage in encodages:
        for definition in _definitions(encodage.get("tooltip")):
            _keep(trouvees, definition, champs)
    for encodage in encodages:
        for canal, definition in encodage.items():
            if canal != "tooltip" and isinstance(definition, Mapping):
                _keep(trouvees, definition, champs)
    return list(trouvees.values())


def _definitions(tooltip: Any) -> list[Mapping[str, Any]]:
    if isinstance(tooltip, Mapping):
        return [tooltip]
    return [item for item in tooltip or () if isinstance(item, Mapping)]


def _keep(
    trouvees: dict[str, ChartColumn], definition: Mapping[str, Any], champs: set[str]
) -> None:
    champ = str(definition.get("field", "")).replace("\\", "")
    axe = definition.get("axis") or definition.get("legend") or definition.get("header") or {}
    titre = definition.get("title") or axe.get("title")
    if isinstance(titre, list):
        titre = " ".join(titre)
    if champ in champs and titre and champ not in trouvees:
        trouvees[champ] = ChartColumn(
            champ, str(titre), str(definition.get("format") or axe.get("format") or "")
        )


def _table(lignes: list[dict[str, Any]], colonnes: list[ChartColumn]) -> str:
    numeriques = {
        c.champ for c in colonnes if any(_is_number(ligne.get(c.champ)) for ligne in lignes)
    }

    def cell(tag: str, colonne: ChartColumn, texte: str) -> str:
        classe = ' class="n"' if colonne.champ in numeriques else ""
        portee = ' scope="col"' if tag == "th" else ""
        return f"<{tag}{portee}{classe}>{html.escape(texte)}</{tag}>"

    tete = "".join(cell("th", c, c.titre) for c in colonnes)
    corps = "".join(
        "<tr>"
        + "".join(cell("td", c, write_value(ligne.get(c.champ), c.format)) for c in colonnes)
        + "</tr>"
        for ligne in lignes[:ROWS_SHOWN]
    )
    reste = len(lignes) - ROWS_SHOWN
    suite = (
        f"<p>{ROWS_SHOWN} premières lignes sur {formats.format_integer(len(lignes))}.</p>"
        if reste > 0
        else ""
    )
    return f"<table><thead><tr>{tete}</tr></thead><tbody>{corps}</tbody></table>{suite}"


_FORMATS: dict[str, Callable[[Any], str]] = {
    ",d": formats.format_integer,
    "d": formats.format_integer,
    ".0f": formats.format_integer,
    ".1f": lambda value: formats.format_number(value, 1),
    ".2f": formats.format_mark,
    "+.2f": formats.format_gap,
    ".0%": lambda value: formats.format_percent(value, 0),
    ".1%": formats.format_percent,
}


def write_value(value: object, pattern: str = "") -> str:
    """Write a value of a chart in French, with its d3 format where it has one."""
    if value is None:
        return formats.MISSING
    if not _is_number(value):
        return ("oui" if value else "non") if isinstance(value, bool) else str(value)
    if pattern in _FORMATS:
        return _FORMATS[pattern](value)
    entier = isinstance(value, int) or float(value).is_integer()  # type: ignore[arg-type]
    return formats.format_number(value, 0 if entier else 2)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def locales() -> dict[str, Any]:
    """Return the French formats of numbers and times for d3, as charts use them."""
    mois = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
    courts = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."
    jours = "dimanche lundi mardi mercredi jeudi vendredi samedi"
    return {
        "number": {
            "decimal": ",",
            "thousands": "\u00a0",
            "grouping": [3],
            "currency": ["", "\u00a0€"],
            "percent": "\u00a0%",
        },
        "time": {
            "dateTime": "%A %e %B %Y à %X",
            "date": "%d/%m/%Y",
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": jours.split(),
            "shortDays": [jour[:3] + "." for jour in jours.split()],
            "months": mois.split(),
            "shortMonths": courts.split(),
        },
    }


def pack_engine(_: Callable[[Any], None], path: str) -> None:
    """Write Vega, Vega-Lite and vega-embed, made offline by vl-convert, ready to inline in pages.

    The file has the hash of the script on its first line, then the script in gzip and base64.
    Takes a second and starts threads: only in a child process.
    """
    import vl_convert

    script: str = vl_convert.javascript_bundle()  # pyright: ignore[reportCallIssue] (its stub is wrong)
    empreinte = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    texte = base64.b64encode(gzip.compress(script.encode(), 9, mtime=0)).decode()
    write_whole(Path(path), f"sha256-{empreinte}\n{texte}\n")
