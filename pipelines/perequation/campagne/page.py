"""The page of a campaign: every session, where it stands, who is awaited, which gaps remain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from perequation.campagne.bilan import BilanCampagne
from perequation.campagne.panorama import page_of
from perequation.campagne.session import SessionFaite, Statut
from perequation.edition import page
from perequation.edition.plan import Niveau
from perequation.socle.en_vigueur import total
from perequation.socle.fichiers import write_whole

# How a session ended: its words, and the style that says how grave it is.
_ETATS: dict[Statut, tuple[str, str]] = {
    "echec": ("échec", "absent"),
    "tenue": ("tenue par une autre exécution", "ancien"),
    "attendue": ("en attente", "ancien"),
    "faite": ("faite", "present"),
    "inchangee": ("inchangée", "present"),
}


_PANORAMAS: tuple[tuple[str, Niveau], ...] = (
    ("Panorama de la campagne (interne)", "interne"),
    ("Panorama de la campagne (public)", "public"),
)


@dataclass(frozen=True)
class LigneSession:
    """A session in the page."""

    nom: str
    titre: str
    statut: str
    classe: str
    lien: str
    message: str
    details: tuple[str, ...]
    resume: tuple[str, ...]
    prochaine: str
    attendus: tuple[str, ...]
    restants: str
    mots: str


def write_index(bilan: BilanCampagne) -> None:
    """Write `index.html`; its links are relative, and work from a file share."""
    lignes = [_line(session) for session in bilan.sessions]
    groupes: dict[str, list[LigneSession]] = {}
    for session, ligne in zip(bilan.sessions, lignes, strict=True):
        groupes.setdefault(session.academie or "Sans réglages lisibles", []).append(ligne)
    text = page.render_page(
        "campagne.html.j2",
        page.Contexte("Campagne", "Campagne", faits=tuple(_facts(bilan))),
        [page.search_script("index.js")],
        groupes=[{"titre": titre, "lignes": groupes[titre]} for titre in sorted(groupes)],
        panoramas=[
            (titre, page_of(niveau))
            for titre, niveau in _PANORAMAS
            if (bilan.dossier / page_of(niveau)).is_file()
        ],
        echecs=[ligne for ligne in lignes if ligne.classe != "present"],
    )
    write_whole(bilan.index, text)


def _facts(bilan: BilanCampagne) -> Iterator[page.Fait]:
    yield from (page.Fait(text) for text in bilan.counts())
    restants = total(session.restants for session in bilan.sessions if session.restants)
    if not restants.nb_juges:
        yield page.Fait("aucun écart n'a pu être calculé", alerte=True)
    else:
        yield page.Fait(
            f"écarts à examiner : {restants.nb_restants}", alerte=restants.nb_restants > 0
        )
    if restants.nb_maintenus:
        yield page.Fait(f"écarts maintenus par la réunion : {restants.nb_maintenus}")
    attendus = sum(len(session.attendus) for session in bilan.sessions)
    if attendus:
        yield page.Fait(f"envois de CCF attendus : {attendus}", alerte=True)


def _line(session: SessionFaite) -> LigneSession:
    statut, classe = _ETATS[session.statut]
    return LigneSession(
        session.nom,
        session.titre or session.nom,
        f"{statut}, {session.reprise}" if session.reprise else statut,
        classe,
        f"../{session.nom}/sortie/rapports/index.html" if session.a_un_index else "",
        session.message,
        session.details,
        session.resume,
        session.prochaine,
        session.attendus,
        str(session.restants) if session.restants else "",
        f"{session.nom} {' '.join(session.specialites)} {session.academie} {session.mots}",
    )
