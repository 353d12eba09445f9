"""Where the papers of the jury are."""

from pathlib import Path

from perequation.socle.dossier import Dossier

NOM = "decisions_jury"
ETAPES = ("premier_groupe", "controle")
SUFFIXES = (".xlsx", ".csv")


def jury_folder(dossier: Dossier) -> Path:
    """Return the folder of the jury's papers, which no publication replaces."""
    return dossier.sortie / "jury"


def prepared_files(dossier: Dossier) -> tuple[Path, ...]:
    """Return the files prepared for the jury that are there, of any spécialité and step."""
    return tuple(
        path
        for suffix in SUFFIXES
        for path in sorted(jury_folder(dossier).glob(f"{NOM}_*{suffix}"))
    )
