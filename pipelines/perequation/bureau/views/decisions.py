"""Decisions, of the meeting or of the jury: typed on the page or dropped, then checked and filed."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from starlette.datastructures import FormData

from perequation.bureau.desk import Desk, Message
from perequation.bureau.places import require_inside
from perequation.bureau.uploads import Waiting
from perequation.bureau.words import tell
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError, ConfigurationError
from perequation.socle.fichiers import work_folder
from perequation.socle.filled_file import write_rows
from perequation.suivi.etat import require_current

_LIGNE = re.compile(r"^ligne (\d+) : (.*)$")
Check = Callable[[Dossier, Path], Iterable[str]]


@dataclass(frozen=True)
class Filing:
    """How a kind of decisions is checked and filed.

    Attributes
    ----------
    commande
        The command the page does the work of.
    nom
        Kind of file, as in `schema.TABLES`.
    check
        Checks a file and puts it among the inputs; its lines are for the user.
    sauf
        The kinds of inputs that change nothing of what is decided on.
    """

    commande: str
    nom: str
    check: Check
    sauf: tuple[str, ...]

    def run(self, dossier: Dossier, path: Path) -> Iterable[str]:
        """Check a file and file it, inside the session folder."""
        require_inside(dossier.racine / "donnees", dossier.racine)
        require_current(dossier, self.sauf)
        return self.check(dossier, path)


def tell_stale(dossier: Dossier, sauf: tuple[str, ...]) -> tuple[str, ...]:
    """Return why what is shown is not to be decided on any more; nothing when it is."""
    try:
        require_current(dossier, sauf)
    except ConfigurationError as error:
        return (error.message, *error.details)
    return ()


@dataclass(frozen=True)
class Recorded:
    """A decision that the inputs hold, as a form shows it.

    Attributes
    ----------
    valeurs
        What each field of the form holds.
    ou
        Where it is, who typed it and when.
    """

    valeurs: dict[str, str]
    ou: str

    @property
    def signature(self) -> str:
        """What tells it from another."""
        return "|".join(self.valeurs.values())


def record(row: Mapping[str, Any], valeurs: dict[str, str]) -> Recorded:
    """Return a row that the inputs hold, for a form."""
    # A field of one line holds no end of line.
    valeurs = {nom: " ".join(value.split()) for nom, value in valeurs.items()}
    who = f"par {row['saisi_par']} le {row['saisi_le']}, " if row["saisi_par"] else ""
    return Recorded(valeurs, f"enregistré {who}{row['fichier']}, ligne {row['ligne']}")


def sort_out(
    rows: Iterable[dict[str, str]], known: Mapping[tuple[str, ...], Recorded], key: Iterable[str]
) -> tuple[list[dict[str, str]], dict[int, str]]:
    """Return the rows where something was changed, and the faults beside the others.

    Parameters
    ----------
    rows
        Every row of the form: its place (`rang`), its key, its fields, and `avant`, the signature
        of what it showed as recorded.
    known
        What is recorded now.
    key
        The columns that name a row.
    """
    changed: list[dict[str, str]] = []
    faults: dict[int, str] = {}
    names = tuple(key)
    for row in rows:
        there = known.get(tuple(row[nom] for nom in names))
        fields = there.valeurs if there else {}
        now = there.signature if there else ""
        if row["decide"] == row["avant"] or not (row["decide"].strip("|") or row["avant"]):
            continue
        if row["avant"] != now:
            faults[int(row["rang"])] = (
                f"entre-temps, {there.ou} : {', '.join(filter(None, fields.values()))}. "
                "Rechargez la page"
                if there
                else "cette décision n’est plus enregistrée : rechargez la page"
            )
        elif not row["decide"].strip("|"):
            faults[int(row["rang"])] = (
                "une décision enregistrée se change, elle ne s’efface pas (pour retirer son fichier : "
                "onglet Fichiers)"
            )
        else:
            changed.append(row)
    return changed, faults


def pick_fields(form: FormData, place: int, names: Iterable[str]) -> dict[str, str]:
    """Return what a row of a form holds, with what it showed as recorded."""
    typed = {nom: str(form.get(f"{nom}_{place}", "")).strip() for nom in names}
    before = str(form.get(f"avant_{place}", ""))
    return {**typed, "decide": "|".join(typed.values()), "avant": before}


async def file_typed(
    desk: Desk, nom: str, rows: list[dict[str, str]], filing: Filing
) -> tuple[dict[int, str], Message] | None:
    """Write what was typed as the file an office would have sent, check it, and file it.

    Returns
    -------
    tuple or None
        The faults beside the rows they are about, and the message with the others; None when there
        is no fault.

    Raises
    ------
    ConfigurationError
        Nothing was typed.
    """
    if not rows:
        raise ConfigurationError("Aucune décision n’est saisie ni changée.")

    def run(dossier: Dossier) -> Iterable[str]:
        with work_folder(dossier.sortie) as folder:
            path = folder / f"{filing.nom}.csv"
            write_rows(path, filing.nom, pl.DataFrame(rows, infer_schema_length=None))
            return filing.run(dossier, path)

    try:
        await desk.act(nom, filing.commande, run, "Décisions enregistrées.")
    except BlockingQualityError as error:
        beside, others = place_faults(error.details, [int(row["rang"]) for row in rows])
        return beside, Message(error.message, tuple(tell(others)), est_faute=True)
    return None


async def file_dropped(desk: Desk, nom: str, depots: Iterable[Waiting], filing: Filing) -> None:
    """Check files filled in elsewhere, and file them."""
    for depot in depots:

        def run(dossier: Dossier, path: Path = depot.chemin) -> Iterable[str]:
            return filing.run(dossier, path)

        titre = f"« {depot.chemin.name} » est relu et classé."
        try:
            await desk.act(nom, filing.commande, run, titre)
        finally:
            desk.uploads.forget(depot)


def place_faults(details: Iterable[str], places: list[int]) -> tuple[dict[int, str], list[str]]:
    """Return the faults told by line, beside the rows they are about, and the others.

    Parameters
    ----------
    details
        As the checks tell them: « ligne 3 : … », the first row being line 2.
    places
        The place in the page of each row written.
    """
    beside: dict[int, str] = {}
    others: list[str] = []
    for detail in details:
        found = _LIGNE.match(detail)
        number = int(found[1]) - 2 if found else -1
        if found and 0 <= number < len(places):
            place = places[number]
            beside[place] = " ; ".join(filter(None, (beside.get(place), found[2])))
        else:
            others.append(detail)
    return beside, others
