"""The harmonisation meeting: what is to decide, decided here or in the workbook, then reported."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from perequation.bureau.desk import Desk, Message, back, session_of
from perequation.bureau.places import require_inside
from perequation.bureau.views import decisions, fichiers
from perequation.bureau.words import tell
from perequation.harmonisation import reunion
from perequation.harmonisation.reunion.application import PROPOSITION, read_proposal
from perequation.harmonisation.reunion.dossier import CLE, NOM, meeting_folder
from perequation.harmonisation.reunion.preparation import read_lines
from perequation.harmonisation.simulation.commande import make_correction, simulate
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError, ConfigurationError
from perequation.socle.fichiers import within, work_folder
from perequation.socle.filled_file import write_rows

_TYPED = ("decision", "decalage", "motif")
_FILING = decisions.Filing("decisions", NOM, reunion.check_decisions)


async def show(desk: Desk, request: Request) -> Response:
    """Show the table of the meeting and what follows from it."""
    return await _page(desk, request, {}, {}, ())


async def _page(
    desk: Desk, request: Request, typed: Any, faults: dict[int, str], messages: Iterable[Message]
) -> Response:
    nom = session_of(request)
    dossier = desk.open(nom)
    published = dossier.entrepot.is_file()
    rows: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    if published:
        rows = (await desk.read(read_lines, dossier)).to_dicts()
        waiting = (await desk.read(read_proposal, dossier)).to_dicts()
    papers = meeting_folder(dossier)
    return await desk.page(
        request,
        "reunion.html.j2",
        422 if faults else 200,
        onglet="reunion",
        est_publiee=published,
        lignes=rows,
        saisie=typed,
        fautes=faults,
        propositions=waiting,
        classeur=_there(dossier, papers / f"{NOM}.xlsx"),
        proposition=_there(dossier, papers / PROPOSITION),
        compte_rendu=_there(dossier, papers / "compte_rendu.html"),
        decisions=sorted(
            p.relative_to(dossier.racine).as_posix()
            for motif in dossier.configuration.donnees.decisions_harmonisation
            for p in dossier.racine.glob(motif)
        ),
        fautes_de_page=list(messages),
    )


def _there(dossier: Dossier, path: Path) -> str:
    return within(dossier, path).as_posix() if path.is_file() else ""


async def prepare(desk: Desk, request: Request, form: FormData) -> Response:
    """Write the workbook to fill in."""
    nom, again = session_of(request), form.get("refaire") == "oui"

    def run(dossier: Dossier) -> Iterable[str]:
        return reunion.prepare_decisions(dossier, remplacer=again)

    await desk.act(nom, "decisions", run, "Le classeur de la réunion est prêt.")
    return back(nom, "reunion")


async def consequences(desk: Desk, request: Request, form: FormData) -> Response:
    """Say what the shifts typed so far would change; nothing is written."""
    nom = session_of(request)
    rows = [row for row in _rows(form, "") if row["decision"] == "DECALAGE" and row["decalage"]]
    if not rows:
        lines = ["Aucun décalage saisi : rien ne changerait."]
    else:
        lines = await desk.read(_simulate, desk.open(nom), rows)
    return HTMLResponse(desk.fragment("consequences.html.j2", lignes=list(tell(lines))))


def _simulate(dossier: Dossier, rows: list[dict[str, str]]) -> list[str]:
    with work_folder(dossier.sortie) as folder:
        path = folder / "decalages.csv"
        write_rows(path, NOM, pl.DataFrame(rows, infer_schema_length=None))
        try:
            return list(simulate(dossier, make_correction(None, decalages=path)))
        except ConfigurationError as error:
            return [error.message, *error.details]
        except BlockingQualityError as error:
            return [error.message, *error.details]


async def decide(desk: Desk, request: Request, form: FormData) -> Response:
    """Write what was typed as the file of the meeting, check it, and file it."""
    nom = session_of(request)
    auteur = fichiers.require_author(desk, form)
    faults = await decisions.file_typed(desk, nom, _rows(form, auteur), _FILING)
    if faults:
        return await _page(desk, request, form, faults[0], [faults[1]])
    return back(nom, "reunion")


def _rows(form: FormData, auteur: str) -> list[dict[str, str]]:
    """Return the lines where something was typed, with who decided and when."""
    count = str(form.get("nombre", "0"))
    rows: list[dict[str, str]] = []
    for place in range(min(int(count) if count.isdecimal() else 0, 2000)):
        typed = {nom: str(form.get(f"{nom}_{place}", "")).strip() for nom in _TYPED}
        if any(typed.values()):
            rows.append(
                {
                    "rang": str(place),
                    **{nom: str(form.get(f"{nom}_{place}", "")) for nom in CLE},
                    **typed,
                    "auteur": auteur,
                    "date": str(form.get("date", "")),
                    "accord": str(form.get("accord", "")),
                }
            )
    return rows


async def receive(desk: Desk, request: Request, form: FormData) -> Response:
    """Check a workbook filled in elsewhere, and file its decisions; or the marks checked in it."""
    nom = session_of(request)
    depots = await fichiers.keep_dropped(desk, nom, form)
    await decisions.file_dropped(desk, nom, depots, _FILING)
    return back(nom, "reunion")


async def propose(desk: Desk, request: Request, form: FormData) -> Response:
    """Write the harmonised marks that follow from the decisions, to check."""
    nom, again = session_of(request), form.get("refaire") == "oui"

    def run(dossier: Dossier) -> Iterable[str]:
        return reunion.propose_marks(dossier, remplacer=again)

    await desk.act(nom, "decisions", run, "Notes harmonisées proposées.")
    return back(nom, "reunion")


async def sign(desk: Desk, request: Request, form: FormData) -> Response:
    """File the marks someone has checked."""
    nom = session_of(request)
    auteur = fichiers.require_author(desk, form)
    if form.get("relu") != "oui":
        raise ConfigurationError(
            "Cochez « J’ai relu ces notes » : rien n’est classé sans relecture."
        )

    def run(dossier: Dossier) -> Iterable[str]:
        require_inside(dossier.racine / "donnees", dossier.racine)
        return reunion.file_marks(dossier, auteur)

    await desk.act(nom, "decisions", run, "Notes classées parmi les entrées.")
    return back(nom, "reunion")


async def minutes(desk: Desk, request: Request, form: FormData) -> Response:
    """Write the minutes of the meeting, to print."""
    del form
    nom = session_of(request)

    def run(dossier: Dossier) -> Iterable[str]:
        return [f"Compte rendu : {within(dossier, reunion.write_record(dossier, None))}"]

    await desk.act(nom, "decisions", run, "Compte rendu édité.")
    return back(nom, "reunion")
