"""The harmonisation meeting: what is to decide, decided here or in the workbook, then reported."""

from collections.abc import Iterable
from decimal import Decimal
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
from perequation.harmonisation.reunion.application import (
    PROPOSITION,
    read_left_to_sign,
    read_proposal,
)
from perequation.harmonisation.reunion.dossier import CLE, NOM, meeting_folder, unit_names
from perequation.harmonisation.reunion.preparation import read_lines
from perequation.harmonisation.reunion.verification import read_recorded
from perequation.harmonisation.simulation.commande import make_correction, simulate
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError, ConfigurationError
from perequation.socle.fichiers import within, work_folder
from perequation.socle.filled_file import write_rows

_TYPED = ("decision", "decalage", "motif")
# What was decided changes nothing of the gaps it was decided on.
_SAUF = (NOM, "decisions_jury")


def _signed_by(auteur: str, *, corrige: bool) -> decisions.Filing:
    def check(dossier: Dossier, path: Path) -> Iterable[str]:
        return reunion.check_decisions(dossier, path, auteur, corrige=corrige)

    return decisions.Filing("decisions", NOM, check, _SAUF)


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
    signed, stale = 0, ()
    if published:
        rows = await desk.read(_lines, dossier)
        waiting = (await desk.read(read_left_to_sign, dossier)).to_dicts()
        signed = (await desk.read(read_proposal, dossier)).height - len(waiting)
        stale = await desk.read(decisions.tell_stale, dossier, _SAUF)
    papers = meeting_folder(dossier)
    return await desk.page(
        request,
        "reunion.html.j2",
        422 if faults else 200,
        onglet="reunion",
        est_publiee=published,
        lignes=rows,
        perime=stale,
        signees=signed,
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


def _lines(dossier: Dossier) -> list[dict[str, Any]]:
    """Return the units to decide, then those decided that are not among them any more."""
    known = _known(dossier)
    read = read_lines(dossier)
    lines = read.to_dicts()
    shown = {tuple(str(line[nom]) for nom in CLE) for line in lines}
    names, empty = unit_names(dossier), dict.fromkeys(read.columns)
    lines += [
        empty | dict(zip(CLE, key, strict=True)) | {"nom": names.get(key[CLE.index("unite")])}
        for key in known
        if key not in shown
    ]
    return [line | {"enregistre": known.get(tuple(str(line[n]) for n in CLE))} for line in lines]


def _known(dossier: Dossier) -> dict[tuple[str, ...], decisions.Recorded]:
    """Return the decisions recorded, as the form shows them."""
    return {
        tuple(str(row[nom]) for nom in CLE): decisions.record(
            row,
            {
                "decision": row["decision"] or "",
                "decalage": _points(row["decalage"]),
                "motif": row["motif"] or "",
            },
        )
        for row in read_recorded(dossier).iter_rows(named=True)
    }


def _points(decalage: Decimal | None) -> str:
    return "" if decalage is None else f"{decalage.normalize():f}".replace(".", ",")


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
    """Write what was typed or changed as the file of the meeting, check it, and file it."""
    nom = session_of(request)
    auteur = fichiers.require_author(desk, form)
    known = await desk.read(_known, desk.open(nom))
    rows, faults = decisions.sort_out(_rows(form, auteur), known, CLE)
    if faults:
        told = Message("Rien n’est enregistré.", (), est_faute=True)
        return await _page(desk, request, form, faults, [told])
    found = await decisions.file_typed(desk, nom, rows, _signed_by(auteur, corrige=True))
    if found:
        return await _page(desk, request, form, found[0], [found[1]])
    return back(nom, "reunion")


def _rows(form: FormData, auteur: str) -> list[dict[str, str]]:
    """Return the lines of the form, with who decided and when; a common reason where none is."""
    count = str(form.get("nombre", "0"))
    common = str(form.get("motif_commun", "")).strip()
    return [
        _row(form, place, common)
        | {
            "auteur": auteur,
            "date": str(form.get("date", "")),
            "accord": str(form.get("accord", "")),
        }
        for place in range(min(int(count) if count.isdecimal() else 0, 2000))
    ]


def _row(form: FormData, place: int, common: str) -> dict[str, str]:
    fields = decisions.pick_fields(form, place, _TYPED)
    if fields["decision"] and not fields["motif"] and not fields["avant"] and common:
        fields["motif"] = common
        fields["decide"] = "|".join(fields[nom] for nom in _TYPED)
    key = {nom: str(form.get(f"{nom}_{place}", "")) for nom in CLE}
    return {"rang": str(place), **key, **fields}


async def receive(desk: Desk, request: Request, form: FormData) -> Response:
    """Check a workbook filled in elsewhere, and file its decisions; or the marks checked in it."""
    nom = session_of(request)
    depots = await fichiers.keep_dropped(desk, nom, form)
    filing = _signed_by(desk.auteur, corrige=form.get("corrige") == "oui")
    await decisions.file_dropped(desk, nom, depots, filing)
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
