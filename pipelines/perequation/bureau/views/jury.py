"""The jury: what is to decide, decided here or in the file, then the minutes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from perequation import jury
from perequation.bureau.desk import Desk, Message, back, session_of
from perequation.bureau.views import decisions, fichiers
from perequation.jury.cas import SANS_NOTES
from perequation.jury.dossier import ETAPES, NOM, jury_folder
from perequation.jury.preparation import DECISIONS, choose_rows
from perequation.jury.verification import read_recorded
from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import list_visible, within
from perequation.socle.lecture import open_lecture
from perequation.socle.schema import TABLES

PAR_PAGE = 40
_LIVRETS = next(c.codes for c in TABLES[NOM].colonnes if c.nom == "livret_examine")
_TYPED = ("decision", "livret_examine", "motif")
_CLE = ("numero_candidat", "specialite", "session", "etape")
_LISTES = ("cas", "saisies", "tous")
# What the jury decides changes nothing of what is proposed to it.
_SAUF = (NOM,)


async def show(desk: Desk, request: Request) -> Response:
    """Show the candidates to decide, near-threshold cases first."""
    return await _page(desk, request, {}, {}, ())


@dataclass(frozen=True)
class _Listed:
    """What is shown: a spécialité, a step, one of the lists, a page of it."""

    specialite: str
    etape: str
    liste: str
    page: int

    @property
    def adresse(self) -> str:
        return urlencode({"specialite": self.specialite, "etape": self.etape, "liste": self.liste})


def _asked(dossier: Dossier, asked: Any) -> _Listed:
    codes = dossier.configuration.session.specialites
    code, etape, listed = (str(asked.get(nom, "")) for nom in ("specialite", "etape", "liste"))
    page = str(asked.get("page", "1"))
    return _Listed(
        code if code in codes else codes[0],
        etape if etape in ETAPES else ETAPES[0],
        listed if listed in _LISTES else "",
        int(page) if page.isdecimal() else 1,
    )


async def _page(
    desk: Desk, request: Request, typed: Any, faults: dict[int, str], messages: Iterable[Message]
) -> Response:
    nom = session_of(request)
    dossier = desk.open(nom)
    asked = _asked(dossier, typed or request.query_params)
    lists: dict[str, list[dict[str, Any]]] = {}
    stale: tuple[str, ...] = ()
    if dossier.entrepot.is_file():
        lists = await desk.read(_lists, dossier, asked)
        stale = await desk.read(decisions.tell_stale, dossier, _SAUF)
    shown = asked.liste or next((code for code, rows in lists.items() if rows), "tous")
    rows = lists.get(shown, [])
    pages = max(1, -(-len(rows) // PAR_PAGE))
    number = min(asked.page, pages) or 1
    return await desk.page(
        request,
        "jury.html.j2",
        422 if faults else 200,
        onglet="jury",
        est_publiee=dossier.entrepot.is_file(),
        perime=stale,
        specialites=dossier.configuration.session.specialites,
        voulu=replace(asked, liste=shown, page=number),
        listes={code: len(rows) for code, rows in lists.items()},
        pages=pages,
        lignes=rows[(number - 1) * PAR_PAGE : number * PAR_PAGE],
        decisions=DECISIONS[asked.etape],
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


def _lists(dossier: Dossier, asked: _Listed) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each list of a step: the cases, what is recorded, everyone."""
    lecture = open_lecture(
        str(dossier.racine), dossier.configuration.session.annee, asked.specialite
    )
    known = _known(dossier)
    everyone = [
        row | {"enregistre": known.get(tuple(str(row[nom]) for nom in _CLE))}
        for row in choose_rows(lecture, asked.etape, decides=True).to_dicts()
    ]
    after = asked.etape == ETAPES[1]
    decided = "decision_jury_controle" if after else "decision_jury"
    cases = [
        row
        for row in everyone
        if row[decided] is None and (after or row["question"] not in (None, SANS_NOTES))
    ]
    return {
        "cas": cases,
        "saisies": [row for row in everyone if row["enregistre"]],
        "tous": everyone,
    }


def _known(dossier: Dossier) -> dict[tuple[str, ...], decisions.Recorded]:
    """Return the decisions recorded, as the form shows them."""
    return {
        tuple(str(row[nom]) for nom in _CLE): decisions.record(
            row,
            {
                "decision": row["decision"] or "",
                "livret_examine": row["livret"] or "",
                "motif": row["motif"] or "",
            },
        )
        for row in read_recorded(dossier).iter_rows(named=True)
    }


def _papers(dossier: Dossier) -> list[str]:
    found = list_visible(jury_folder(dossier), "*")
    return [within(dossier, p).as_posix() for p in found if p.suffix in {".xlsx", ".csv", ".html"}]


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
    """Write what was typed or changed as a file of decisions, check it, and file it."""
    nom = session_of(request)
    auteur = fichiers.require_author(desk, form)
    dossier = desk.open(nom)
    known = await desk.read(_known, dossier)
    rows, faults = decisions.sort_out(_typed_rows(form), known, _CLE)
    if faults:
        told = Message("Rien n’est enregistré.", (), est_faute=True)
        return await _page(desk, request, form, faults, [told])
    found = await decisions.file_typed(desk, nom, rows, _signed_by(auteur, corrige=True))
    if found:
        return await _page(desk, request, form, found[0], [found[1]])
    return back(nom, f"jury?{_asked(dossier, form).adresse}")


def _signed_by(auteur: str, *, corrige: bool) -> decisions.Filing:
    def check(dossier: Dossier, path: Path) -> Iterable[str]:
        return jury.check_decisions(dossier, path, auteur, corrige=corrige)

    return decisions.Filing("jury", NOM, check, _SAUF)


def _typed_rows(form: FormData) -> list[dict[str, str]]:
    session, code, etape = (str(form.get(nom, "")) for nom in ("session", "specialite", "etape"))
    return [
        {
            "rang": str(place),
            "numero_candidat": str(form.get(f"numero_candidat_{place}", "")),
            "specialite": code,
            "session": session,
            "etape": etape,
            **decisions.pick_fields(form, place, _TYPED),
        }
        for place in range(PAR_PAGE)
        if f"numero_candidat_{place}" in form
    ]


async def receive(desk: Desk, request: Request, form: FormData) -> Response:
    """Check a file of decisions filled in elsewhere, and file it."""
    nom = session_of(request)
    depots = await fichiers.keep_dropped(desk, nom, form)
    auteur = fichiers.require_author(desk, form) if depots else ""
    filing = _signed_by(auteur, corrige=form.get("corrige") == "oui")
    await decisions.file_dropped(desk, nom, depots, filing)
    return back(nom, "jury")


async def minutes(desk: Desk, request: Request, form: FormData) -> Response:
    """Write the minutes of the jury, to print and sign."""
    del form
    nom = session_of(request)

    def run(dossier: Dossier) -> Iterable[str]:
        return [f"Procès-verbal : {within(dossier, jury.write_minutes(dossier, None))}"]

    await desk.act(nom, "jury", run, "Procès-verbal édité.")
    return back(nom, "jury")
