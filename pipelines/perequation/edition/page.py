"""One executed notebook → one French HTML file that needs nothing else, not even a network."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import perequation
from perequation.edition.graphique import VEGA_TYPES, Figures, embed_json, locales
from perequation.edition.plan import LIBELLES_NIVEAU
from perequation.edition.propre import Habillage
from perequation.socle.formats import NBSP, begin, curl, format_date, hold_spaces
from perequation.socle.ressources import ressource

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Fait:
    """Something every page says of its data: a count, and where to read more."""

    texte: str
    lien: str = ""
    alerte: bool = False


@dataclass(frozen=True)
class Contexte:
    """What surrounds the body of a page.

    `date` is ISO text, empty when unknown; `origine_date` says of what. `vega` is the file of the
    packed chart engine. A page `est_seule` goes out alone: it is headed by `titre` rather than by
    its notebook, and links to no other.
    """

    session: str
    titre: str
    niveau: str = "interne"
    date: str = ""
    origine_date: str = ""
    faits: tuple[Fait, ...] = ()
    avertissement: str = ""
    marques: Mapping[str, str] = field(default_factory=dict[str, str])
    vega: Path | None = None
    est_seule: bool = False
    habillage: Habillage = field(default_factory=Habillage)


def export_page(notebook: NotebookNode, contexte: Contexte) -> str:
    """Return the page of an executed notebook: its texts and outputs, none of its code.

    Charts come as Vega-Lite and are drawn by the page; without scripts, their description and
    their data as a table are what remains.
    """
    figures = Figures()
    corps = _body(notebook, figures)
    titre, corps = _take_title(corps, contexte.titre)
    if contexte.est_seule:
        titre = html.escape(hold_spaces(contexte.titre))
    corps, sommaire = _anchor_sections(corps)
    dessine = figures.nombre > 0 and contexte.vega is not None
    variables: dict[str, Any] = {
        "titre": html.unescape(re.sub(r"<[^>]+>", "", titre)),
        "corps": _safe(corps),
        "sommaire": sommaire,
    }
    scripts: list[str] = []
    empreintes: list[str] = []
    if dessine and contexte.vega is not None:
        moteur = read_engine(contexte.vega)
        scripts.append(template_text("rapport.js"))
        empreintes.append(moteur.empreinte)
        variables |= {
            "moteur_graphique": moteur.texte,
            "langue": _safe(_langue()),
            "theme": _safe(embed_json(figures.theme)),
        }
    # A what-if has its counts in the page; the script that adds them up is only there with one.
    if " data-simulateur=" in corps:
        scripts.append(template_text("simulateur.js"))
    # A sheet that leaves the office alone has no index to come from.
    if not contexte.est_seule:
        scripts.append(search_script("arrivee.js"))
    return render_page("rapport.html.j2", contexte, scripts, empreintes, **variables)


def render_page(
    gabarit: str,
    contexte: Contexte,
    scripts: Sequence[str] = (),
    empreintes: Sequence[str] = (),
    **variables: Any,
) -> str:
    """Fill a page template; every variable is escaped unless it was marked safe.

    Parameters
    ----------
    gabarit
        Name of the template below ``gabarits/page``.
    contexte
        Session, title, date, level.
    scripts
        Scripts of ours, inlined and allowed by their hash; no other script may run.
    empreintes
        Hashes of what these scripts add to the page.
    """
    pied = " · ".join(filter(None, (contexte.session, _dated(contexte))))
    commun: dict[str, Any] = {
        "session": contexte.session,
        "titre": contexte.titre,
        "niveau": contexte.niveau,
        "est_seule": contexte.est_seule,
        "niveau_libelle": LIBELLES_NIVEAU.get(contexte.niveau, contexte.niveau),
        "date": contexte.date,
        "date_longue": _dated(contexte),
        "faits": contexte.faits,
        "avertissement": contexte.avertissement,
        "logo": contexte.habillage.logo,
        "mention_propre": contexte.habillage.mention,
        "marques": contexte.marques,
        "version": perequation.__version__,
        "politique": _policy([*(_hash(script) for script in scripts), *empreintes]),
        "style": _safe(
            template_text("page.css").replace("{{ pied }}", _css_text(pied))
            + contexte.habillage.style
        ),
        "scripts": [_safe(script) for script in scripts],
    }
    return set_in_french(_environment().get_template(gabarit).render(commun | variables))


# What is shown as it was typed or is no text: code, scripts, styles, tags.
_VERBATIM = re.compile(r"(<(script|style|code|pre)\b.*?</\2>|<[^>]*>)", re.DOTALL)
_LEADING = re.compile(r" [:;?!»%]")


def set_in_french(page: str) -> str:
    """Write, in the texts of a page alone, apostrophes and spaces as French does.

    An apostrophe between two letters is curly; no line begins with double punctuation.
    """
    pieces: list[str] = []
    start = 0
    for verbatim in _VERBATIM.finditer(page):
        pieces += (_typeset(page[start : verbatim.start()]), verbatim[0])
        start = verbatim.end()
    return "".join((*pieces, _typeset(page[start:])))


def _typeset(text: str) -> str:
    held = hold_spaces(curl(text))
    # After a tag too: « <strong>Réserves</strong> : ».
    return NBSP + held[1:] if _LEADING.match(held) else held


@dataclass(frozen=True)
class Moteur:
    """The chart engine, as it is written in pages: gzip in base64, and the hash of its script."""

    texte: str
    empreinte: str


@cache
def read_engine(path: Path) -> Moteur:
    """Read the packed chart engine made by `graphique.pack_engine`."""
    empreinte, texte = path.read_text("ascii").split("\n", 1)
    return Moteur(texte.strip(), empreinte)


@cache
def template_text(name: str) -> str:
    """Return a file of the page templates."""
    return ressource("gabarits", "page", name).read_text("utf-8")


def search_script(name: str) -> str:
    """Return a script that searches, with how a search is done: one way for every page."""
    return template_text("recherche.js") + template_text(name)


def prepare() -> None:
    """Compile the templates, in the warm server, once for all reports."""
    from nbformat.v4 import new_markdown_cell, new_notebook

    vide = new_notebook(cells=[new_markdown_cell("# Titre\n\n- *texte*\n\n| a |\n|---|\n| 1 |")])
    export_page(vide, Contexte("session", "titre"))
    for name in ("rapport.js", "rapport.html.j2"):
        template_text(name)


def _body(notebook: NotebookNode, figures: Figures) -> str:
    exporter = _exporter()
    exporter.environment.filters["figure"] = figures.add
    corps, _ = exporter.from_notebook_node(notebook)
    return corps


@cache
def _exporter() -> Any:
    from nbconvert.exporters.html import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from traitlets.config import Config

    class PageExporter(HTMLExporter):
        """nbconvert's HTML exporter with our template, without its passes over the finished page.

        These add English alternative texts and parse the whole page again: half the time.
        """

        def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> Any:
            return TemplateExporter.from_notebook_node(self, nb, resources, **kwargs)

    configuration = Config()
    configuration.NbConvertBase.display_data_priority = [
        "text/html",
        "text/markdown",
        "image/svg+xml",
        "image/png",
        "text/plain",
    ]
    exporter = PageExporter(
        config=configuration,
        template_name="carnet",
        extra_template_basedirs=[str(ressource("gabarits"))],
        exclude_anchor_links=True,
        language_code="fr",
        default_preprocessors=[],
    )
    exporter.environment.filters["markdown_sur"] = safe_markdown
    exporter.environment.filters["figure"] = str
    exporter.environment.filters["type_vega"] = _vega_type
    return exporter


def _vega_type(data: Mapping[str, Any]) -> str:
    return next((kind for kind in VEGA_TYPES if kind in data), "")


def safe_markdown(source: str) -> str:
    """Convert Markdown made by a cell: it may hold data, so any tag in it is shown as text."""
    import mistune

    convert = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])
    return str(convert(source))


_H1 = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_H2 = re.compile(r"<h2[^>]*>(.*?)</h2>", re.DOTALL)


def _take_title(corps: str, secours: str) -> tuple[str, str]:
    """Take the first main title out of the body; the page puts it in its header."""
    trouve = _H1.search(corps)
    if trouve is None:
        return html.escape(secours), corps
    return trouve[1], corps[: trouve.start()] + corps[trouve.end() :]


def _anchor_sections(corps: str) -> tuple[str, list[tuple[str, str]]]:
    """Give every section a short anchor and list them."""
    sommaire: list[tuple[str, str]] = []

    def anchor(match: re.Match[str]) -> str:
        ancre = f"s{len(sommaire) + 1}"
        sommaire.append((ancre, html.unescape(re.sub(r"<[^>]+>", "", match[1])).strip()))
        return f'<h2 id="{ancre}">{match[1]}</h2>'

    return _H2.sub(anchor, corps), sommaire


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    class _Lenient(StrictUndefined):
        """A variable that a template tests with `if` may be absent."""

        def __bool__(self) -> bool:
            return False

    environment = Environment(
        loader=FileSystemLoader(ressource("gabarits", "page")),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=_Lenient,
    )
    environment.filters["capitalize_first"] = begin
    return environment


def _safe(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def _policy(empreintes: Sequence[str]) -> str:
    scripts = " ".join(f"'{empreinte}'" for empreinte in empreintes) or "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _css_text(text: str) -> str:
    """Write a text inside a CSS string: anything but letters, digits and spaces by its number."""
    return re.sub(r"[^\w ]", lambda match: f"\\{ord(match[0]):x} ", text)


def _dated(contexte: Contexte) -> str:
    if not contexte.date:
        return ""
    return f"{contexte.origine_date} {format_date(contexte.date, long=True)}".strip()


@cache
def _langue() -> str:
    return embed_json(locales())
