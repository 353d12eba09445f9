"""Records and rejects of one file on their way to DuckDB, through two temporary files."""

from collections import Counter
from dataclasses import astuple
from pathlib import Path
from types import TracebackType

from perequation.ingestion.lecture.blancs import find_invisible, has_blanks
from perequation.ingestion.lecture.decoupage import FIN_CHAMP, SAUT, Defaut, Lot
from perequation.ingestion.lecture.rejets import Rejet, bare_commas, line_reject


class Tampon:
    """Two temporary files: records as cut, rejects as told; and the count of what was read."""

    def __init__(self, dossier: Path) -> None:
        self.enregistrements = dossier / "enregistrements.txt"
        self.rejets = dossier / "rejets.txt"
        self.lues = 0
        self.nb_rejets = 0
        self.a_des_sauts = False
        self.a_des_blancs = False
        self.largeurs = Counter[int]()
        self.a_des_egales = False
        self.invisibles = set[str]()
        self.pieds: list[tuple[int, str]] = []
        self.masquees: list[int] = []
        self.vides = Counter[str]()
        self.echelles = dict[int, str]()
        self._virgules = 0
        self._virgule: Defaut | None = None

    def __enter__(self) -> "Tampon":
        """Open both files."""
        self._records = self.enregistrements.open("wb")
        self._rejects = self.rejets.open("w", encoding="utf-8", newline="\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close both files."""
        self._records.close()
        self._rejects.close()

    def add(self, lot: Lot) -> None:
        """Write what came out of a block."""
        self.lues += lot.lues
        self.largeurs.update(lot.largeurs)
        self.vides.update(lot.vides)
        self.pieds += lot.pieds
        self.masquees += lot.masquees
        self.echelles |= lot.echelles
        if lot.enregistrements:
            text = "\n".join(lot.enregistrements) + "\n"
            self.a_des_sauts = self.a_des_sauts or SAUT in text
            self.a_des_egales = self.a_des_egales or '="' in text
            self.invisibles |= find_invisible(text)
            data = text.encode()
            self.a_des_blancs = self.a_des_blancs or has_blanks(data, FIN_CHAMP)
            self._records.write(data)
        for defaut in lot.defauts:
            if defaut.virgule:
                self._virgules += 1
                self._virgule = self._virgule or defaut
            self.reject(line_reject(defaut))

    @property
    def a_des_virgules(self) -> bool:
        """Whether decimal commas were seen to cut marks in two."""
        return self._virgule is not None

    def explain(self) -> None:
        """Say once, for the whole file, what cut its records in too many fields."""
        if self._virgule is not None:
            self.reject(bare_commas(self._virgules, self.lues, self._virgule))

    def restart(self) -> None:
        """Forget what was added, to read the file again."""
        self._records.seek(0)
        self._records.truncate()
        self._rejects.seek(0)
        self._rejects.truncate()
        self.lues = self.nb_rejets = self._virgules = 0
        self._virgule = None
        self.largeurs.clear()
        self.vides.clear()
        self.pieds.clear()
        self.masquees.clear()

    def reject(self, rejet: Rejet) -> None:
        """Write a reject; those of data rows are numbered."""
        ligne, colonne, valeur, regle, message, est_donnee = astuple(rejet)
        rang = None
        if est_donnee:
            self.nb_rejets += 1
            rang = self.nb_rejets
        champs = [rang, ligne, colonne, valeur, regle, message]
        text = FIN_CHAMP.join("" if c is None else str(c) for c in champs)
        self._rejects.write(text.replace("\n", SAUT) + "\n")

    def flush(self) -> None:
        """Make both files complete on disk."""
        self._records.flush()
        self._rejects.flush()
