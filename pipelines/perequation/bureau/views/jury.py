"""The jury: what is to decide, decided here or in the file, then the minutes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from perequation import jury
from perequation.bureau.desk import Desk, Message, back, session_of
from perequation.bureau.views import decisions, fichiers
from perequation.jury.dossier import ETAPES, NOM, jury_folder
from perequation.jury.preparation import choose_rows
from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import within
from perequation.socle.lecture import open_lecture
from perequation.socle.schema import CODES_DECISION_JURY, TABLES

PAR_PAGE = 40
_LIVRETS = next(c.codes for c in TABLES[NOM].colonnes if c.nom == "livret_examine")
_TYPED = ("decision", "livret_examine", "motif")


async def show(desk: Desk, request: Request) -> Response:
    """Show the candidates to decide, near-threshold cases first."""
    return await _page(desk, request, {}, {}, ())


async def _page(
    desk: Desk, request: Request, typed: Any, faults: dict[int, str], messages: Iterable[Message]
) -> Response:
    nom = session_of(request)
    dossier = desk.open(nom)
    asked = typed or request.query_params
    codes = dossier.configuration.session.specialites
    code = str(asked.get("specialite", ""))
    code = code if code in codes else codes[0]
    etape = str(asked.get("etape", ""))
    etape = etape if etape in ETAPES else ETAPES[0]
    rows: list[dict[str, Any]] = []
    if dossier.entrepot.is_file():
        rows = (await desk.read(_rows_of, dossier, code, etape)).to_dicts()
    page = str(asked.get("page", "1"))
    pages = max(1, -(-len(rows) // PAR_PAGE))
    number = min(int(page) if page.isdecimal() else 1, pages) or 1
    return await desk.page(
        request,
        "jury.html.j2",
        422 if faults else 200,
        onglet="jury",
        est_publiee=dossier.entrepot.is_file(),
        specialites=codes,
        specialite=code,
        etape=etape,
        nombre=len(rows),
        page=number,
        pages=pages,
        lignes=rows[(number - 1) * PAR_PAGE : number * PAR_PAGE],
        decisions=CODES_DECISION_JURY,
        livrets=_LIVRETS,
        mots=DANS_UNE_PHRASE,
        saisie=typed,
        fautes=faults,
        prepares=_papers(dossier),
        classees=sorted(
            p.relative_to(dossier.racine).as_posix()
            for motif in dossier.configuration.donnees.decisions_jury
            for p in dossier.racine.glob(motif)
        ),
        fautes_de_page=list(messages),
    )


def _rows_of(dossier: Dossier, code: str, etape: str) -> pl.DataFrame:
    lecture = open_lecture(str(dossier.racine), dossier.configuration.session.annee, code)
    return choose_rows(lecture, etape)


def _papers(dossier: Dossier) -> list[str]:
    found = sorted(
        p for p in jury_folder(dossier).glob("*") if p.suffix in {".xlsx", ".csv", ".html"}
    )
    return [within(dossier, path).as_posix() for path in found]


async def prepare(desk: Desk, request: Request, form: FormData) -> Response:
    """Write the files to fill in."""
    nom, again = session_of(request), form.get("refaire") == "oui"
    etape = str(form.get("etape", ""))

    def run(dossier: Dossier) -> Iterable[str]:
        return jury.prepare_decisions(
            dossier, (), etape if etape in ETAPES else None, remplacer=again
        )

    await desk.act(nom, "jury", run, "Les fichiers du jury sont prêts.")
    return back(nom, "jury")


async def decide(desk: Desk, request: Request, form: FormData) -> Response:
    """Write what was typed as a file of decisions, check it, and file it."""
    nom = session_of(request)
    auteur = fichiers.require_author(desk, form)
    faults = await decisions.file_typed(desk, nom, _typed_rows(form), _signed_by(auteur))
    if faults:
        return await _page(desk, request, form, faults[0], [faults[1]])
    return back(nom, "jury")


def _signed_by(auteur: str) -> decisions.Filing:
    def check(dossier: Dossier, path: Path) -> Iterable[str]:
        return jury.check_decisions(dossier, path, auteur)

    return decisions.Filing("jury", NOM, check)


def _typed_rows(form: FormData) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    session, code, etape = (str(form.get(nom, "")) for nom in ("session", "specialite", "etape"))
    for place in range(PAR_PAGE):
        typed = {nom: str(form.get(f"{nom}_{place}", "")).strip() for nom in _TYPED}
        if any(typed.values()):
            numero = str(form.get(f"numero_candidat_{place}", ""))
            key = {"numero_candidat": numero, "specialite": code, "session": session}
            rows.append({"rang": str(place), **key, "etape": etape, **typed})
    return rows


async def receive(desk: Desk, request: Request, form: FormData) -> Response:
    """Check a file of decisions filled in elsewhere, and file it."""
    nom = session_of(request)
    depots = await fichiers.keep_dropped(desk, nom, form)
    auteur = fichiers.require_author(desk, form) if depots else ""
    await decisions.file_dropped(desk, nom, depots, _signed_by(auteur))
    return back(nom, "jury")


async def minutes(desk: Desk, request: Request, form: FormData) -> Response:
    """Write the minutes of the jury, to print and sign."""
    del form
    nom = session_of(request)

    def run(dossier: Dossier) -> Iterable[str]:
        return [f"Procès-verbal : {within(dossier, jury.write_minutes(dossier, None))}"]

    await desk.act(nom, "jury", run, "Procès-verbal édité.")
    return back(nom, "jury")
