"""Decisions, of the meeting or of the jury: typed on the page or dropped, then checked and filed."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from perequation.bureau.desk import Desk, Message
from perequation.bureau.places import require_inside
from perequation.bureau.uploads import Waiting
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError, ConfigurationError
from perequation.socle.fichiers import work_folder
from perequation.socle.filled_file import write_rows

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
    """

    commande: str
    nom: str
    check: Check

    def run(self, dossier: Dossier, path: Path) -> Iterable[str]:
        """Check a file and file it, inside the session folder."""
        require_inside(dossier.racine / "donnees", dossier.racine)
        return self.check(dossier, path)


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
        raise ConfigurationError("Aucune décision n’est saisie.")

    def run(dossier: Dossier) -> Iterable[str]:
        with work_folder(dossier.sortie) as folder:
            path = folder / f"{filing.nom}.csv"
            write_rows(path, filing.nom, pl.DataFrame(rows, infer_schema_length=None))
            return filing.run(dossier, path)

    try:
        await desk.act(nom, filing.commande, run, "Décisions enregistrées.")
    except BlockingQualityError as error:
        beside, others = place_faults(error.details, [int(row["rang"]) for row in rows])
        return beside, Message(error.message, tuple(others), est_faute=True)
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
