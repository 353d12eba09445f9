"""Where a session stands, for its row in the list and the ticks of its tabs."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perequation.bureau.words import tell_one
from perequation.socle.dossier import Dossier, load_reglements, open_dossier
from perequation.socle.erreurs import PerequationError
from perequation.socle.formats import begin, format_date, free_spaces
from perequation.socle.journal import who_holds

if TYPE_CHECKING:
    from perequation.suivi.calendrier import Attendu, Etape

ONGLETS = (
    ("reglages", "Réglages"),
    ("fichiers", "Fichiers"),
    ("ccf", "CCF"),
    ("reunion", "Réunion"),
    ("jury", "Jury"),
    ("controle", "Contrôle"),
    ("resultats", "Résultats"),
)


@dataclass(frozen=True)
class Situation:
    """Where a session is.

    Attributes
    ----------
    nom, titre
        Its folder, and its title.
    fautes
        What is wrong with its settings; the rest is then empty.
    reserves
        What keeps it from being decided, when its settings can be read.
    est_publiee
        Whether results are published.
    faits
        The tabs whose work is done.
    chiffres
        Key figures of what is published.
    changements
        What was changed since.
    prochaine, adresse
        What comes next, a sentence; where it is done: a tab, with what it is asked.
    manques
        Who or what is missing for it.
    est_calculable
        Whether there is anything to compute.
    est_a_refaire
        Whether what is published can't be read, and is made again even if nothing changed.
    detenteur
        Who holds the folder; empty when nobody does.
    """

    nom: str
    titre: str
    fautes: tuple[str, ...] = ()
    reserves: tuple[str, ...] = ()
    est_publiee: bool = False
    faits: frozenset[str] = frozenset()
    chiffres: tuple[str, ...] = ()
    changements: tuple[str, ...] = ()
    prochaine: str = ""
    adresse: str = ""
    manques: tuple[str, ...] = ()
    est_calculable: bool = False
    est_a_refaire: bool = False
    detenteur: str = ""

    @property
    def onglet(self) -> str:
        """The tab where the next step is done."""
        return self.adresse.partition("?")[0]


def read_situation(folder: Path) -> Situation:
    """Say where the session of a folder is, from what is in it."""
    try:
        dossier = open_dossier(folder)
    except PerequationError as error:
        return Situation(
            folder.name,
            folder.name,
            (error.message, *error.details),
            prochaine="Corrigez les réglages de la session.",
            adresse="reglages",
        )
    try:
        return _read(dossier)
    except PerequationError as error:
        # Its settings were read: what can't be is what was published, by another version for one.
        return Situation(
            folder.name,
            dossier.configuration.session.titre,
            changements=(error.message, *error.details),
            prochaine="Les résultats publiés ne sont pas lisibles : calculez la session à nouveau.",
            adresse="fichiers",
            est_calculable=True,
            est_a_refaire=True,
        )


def _read(dossier: Dossier) -> Situation:
    from perequation.socle.manifeste import read_manifeste

    situation = partial(
        Situation,
        dossier.racine.name,
        dossier.configuration.session.titre,
        detenteur=who_holds(dossier.sortie) or "",
    )
    if read_manifeste(dossier.entrepot) is None and (held := _held_back(dossier)):
        return situation(reserves=held, prochaine="Complétez les réglages.", adresse="reglages")
    if read_manifeste(dossier.entrepot) is None:
        return situation(
            faits=frozenset({"reglages"}),
            prochaine=_first_step(dossier),
            adresse="fichiers",
            est_calculable=any(dossier.inputs()),
        )
    return _published(dossier, situation)


def _held_back(dossier: Dossier) -> tuple[str, ...]:
    """Return what keeps the session from being decided: its règlement, codes of its settings."""
    try:
        load_reglements(dossier)
    except PerequationError as error:
        return error.details or (error.message,)
    return ()


def _first_step(dossier: Dossier) -> str:
    there = list(dossier.inputs())
    if not there:
        return "Déposez les listes de candidats et les notes."
    if (dossier.rejets / "10_qualite.html").is_file() and dossier.construction.is_file():
        return "Le dernier calcul s’est arrêté : corrigez les fichiers, puis calculez à nouveau."
    return "Calculez la session."


#: Where each step of a session is done.
_ADRESSES = {"reunion": "reunion", "report": "reunion", "jury": "jury", "controle": "controle"}


def _published(dossier: Dossier, situation: Callable[..., Situation]) -> Situation:
    from perequation.suivi.calendrier import SUITE, read_step
    from perequation.suivi.etat import list_changes, summarise

    changes = tuple(list_changes(dossier))
    steps = {code: read_step(dossier, code) for code in SUITE}
    following = next((code for code, step in steps.items() if not step.est_passee), "")
    left = {_ADRESSES[code] for code, step in steps.items() if not step.est_passee}
    done = {"reglages", *_ADRESSES.values()} - left
    if not changes:
        done.add("fichiers")
    if not steps["reunion"].manques:
        done.add("ccf")
    if not left and not changes and (dossier.rapports / "index.html").is_file():
        done.add("resultats")
    told = _told(dossier, steps, following)
    if changes:
        told = {
            "prochaine": "Des fichiers ont changé : calculez la session.",
            "adresse": "fichiers",
        }
    return situation(
        est_publiee=True,
        faits=frozenset(done),
        chiffres=tuple(summarise(dossier)),
        changements=changes,
        est_calculable=True,
        **told,
    )


def _told(dossier: Dossier, steps: Mapping[str, "Etape"], code: str) -> dict[str, Any]:
    """Return what comes next, where, and who is missing for it."""
    if not code:
        return {
            "prochaine": "Toutes les étapes sont passées : remettez les résultats.",
            "adresse": "resultats",
        }
    step = steps[code]
    when = f" le {format_date(step.jour, long=True)}" if step.jour else ""
    lacks = f" ; il manque {step.resume}" if step.resume else ""
    how = f" : {tell_one(step.remede)}" if step.remede else ""
    is_second_jury = code == "controle" and not step.manques
    return {
        "prochaine": free_spaces(f"{begin(step.nom)}{when}{lacks}{how}."),
        "adresse": "jury?etape=controle" if is_second_jury else _ADRESSES[code],
        "manques": name_awaited(dossier, step.candidats) or step.manques,
    }


def name_awaited(dossier: Dossier, awaited: Iterable["Attendu"]) -> tuple[str, ...]:
    """Say who is awaited with their names, as no log may."""
    from perequation.socle.entrepot import open_read_only, read_relation

    wanted = tuple(awaited)
    if not wanted:
        return ()
    with open_read_only(dossier.entrepot) as con:
        people = read_relation(con, "staging.candidat")
    names = {
        row["numero_candidat"]: f" {row['nom'] or ''} {row['prenom'] or ''}".rstrip()
        for row in people.select("numero_candidat", "nom", "prenom").iter_rows(named=True)
    }
    return tuple(
        f"{a.specialite} {a.numero_candidat}{names.get(a.numero_candidat, '')} : {a.pourquoi}"
        for a in wanted
    )


class Situations:
    """Situations read before, as long as nothing they come from has moved."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Situation]] = {}

    def read(self, folder: Path) -> Situation:
        """Return where a session is."""
        now = _mark(folder)
        kept = self._known.get(folder.name)
        if kept is None or kept[0] != now:
            kept = now, read_situation(folder)
            self._known[folder.name] = kept
        return kept[1]


def _mark(folder: Path) -> str:
    """Return what changes whenever a file of a session does: names, sizes, times."""
    parts = [folder / "session.toml", folder / "sortie", *(folder / "donnees").rglob("*")]
    parts += [*(folder / "sortie").glob("*"), *(folder / "sortie" / "rapports").glob("index.html")]
    marks: list[tuple[str, int, int]] = []
    for path in parts:
        try:
            stat = path.stat()
        except OSError:
            continue
        marks.append((str(path), stat.st_size, stat.st_mtime_ns))
    return json.dumps(sorted(marks))
