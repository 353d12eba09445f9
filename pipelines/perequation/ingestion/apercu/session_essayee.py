"""The session a file is tried in: the one given, or the one the file itself seems to be of."""

import re
import tempfile
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from perequation.ingestion.lecture.disposition_lue import FichierOuvert
from perequation.socle.configuration import Configuration
from perequation.socle.dossier import Dossier, load_reglements
from perequation.socle.reglement import Reglement, available_reglements

_ANNEE = re.compile(r"(20\d\d)(?:\.0+)?")


@dataclass(frozen=True)
class SessionEssayee:
    """A session to try a file in.

    Attributes
    ----------
    dossier
        Its folder; an empty one for a session that is supposed.
    reglements
        One règlement per spécialité.
    suppose
        What was supposed, in French; an empty text for a real session.
    """

    dossier: Dossier
    reglements: tuple[Reglement, ...]
    suppose: str = ""


@contextmanager
def session_of(dossier: Dossier | None, lecture: FichierOuvert) -> Generator[SessionEssayee]:
    """Give the session to try a file in.

    Parameters
    ----------
    dossier
        The session folder, if any.
    lecture
        The file, whose first rows tell the year, the spécialité and the épreuves.
    """
    if dossier is not None:
        yield SessionEssayee(dossier, load_reglements(dossier))
        return
    with tempfile.TemporaryDirectory(prefix="perequation-") as root:
        yield _suppose(Path(root), lecture)


def _suppose(racine: Path, lecture: FichierOuvert) -> SessionEssayee:
    annees = Counter(m[1] for text in _values(lecture, "session") if (m := _ANNEE.fullmatch(text)))
    livres = available_reglements()
    meilleur = max(livres, key=lambda r: _known(r, lecture))
    annee = int(annees.most_common(1)[0][0]) if annees else meilleur.debut
    retenus = [
        _nearest([r for r in livres if r.specialite == nom], annee)
        for nom in dict.fromkeys(r.specialite for r in livres)
    ]
    if "specialite" not in lecture.entete.positions:
        retenus = [max(retenus, key=lambda r: _known(r, lecture))]
    specialites = [r.specialite for r in retenus]
    configuration = Configuration.model_validate(
        {
            "session": {
                "annee": annee,
                "titre": "essai",
                "academie_pilote": "TOULOUSE",
                "specialites": specialites,
                "coefficients_confirmes": True,
            },
            "donnees": {"candidats": ["candidats"], "notes": ["notes"]},
        }
    )
    dits = [f"session {annee}"] if annees else []
    dits += [] if len(specialites) > 1 else [f"spécialité {specialites[0]}"]
    return SessionEssayee(
        Dossier(racine, configuration), tuple(retenus), ", ".join(dits) or "aucune session donnée"
    )


def _nearest(reglements: list[Reglement], annee: int) -> Reglement:
    """Return the règlement of a year, else the one whose first session is nearest."""
    couvrants = [r for r in reglements if r.covers(annee)]
    return couvrants[0] if couvrants else min(reglements, key=lambda r: abs(r.debut - annee))


def _known(reglement: Reglement, lecture: FichierOuvert) -> int:
    """Count the épreuves of a file that a règlement has."""
    lues = {*lecture.entete.epreuves, *_values(lecture, "epreuve")}
    codes = {*reglement.codes, *(e.groupe for e in reglement.epreuves)}
    return len(lues & codes)


def _values(lecture: FichierOuvert, colonne: str) -> list[str]:
    position = lecture.entete.positions.get(colonne)
    if position is None:
        donnee = lecture.preambule.get(colonne)
        return [donnee] if donnee else []
    return [
        champs[position].strip()
        for ligne, champs in lecture.debut
        if ligne > lecture.entete.ligne and position < len(champs)
    ]
