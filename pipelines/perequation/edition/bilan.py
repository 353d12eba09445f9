"""What an edition made: one line per report, for programs (JSON) and for people (a short text)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from perequation.socle.en_vigueur import Restants
from perequation.socle.fichiers import write_whole
from perequation.socle.formats import format_count

Statut = Literal["publie", "inchange", "echec"]


@dataclass(frozen=True)
class RapportEdite:
    """What became of one report. `secondes` is the time of its process."""

    nom: str
    titre: str
    statut: Statut
    fichier: str = ""
    message: str = ""
    etape: str = ""
    secondes: float = 0.0
    essais: int = 1


@dataclass(frozen=True)
class BilanEdition:
    """The reports of one edition, in the order of the plan, and the gaps left to explain (interne)."""

    session: str
    dossier: Path
    rapports: tuple[RapportEdite, ...]
    secondes: float = 0.0
    restants: Restants | None = None

    def with_status(self, statut: Statut) -> tuple[RapportEdite, ...]:
        """Return the reports that ended that way."""
        return tuple(rapport for rapport in self.rapports if rapport.statut == statut)

    @property
    def index(self) -> Path:
        """The page to open."""
        return self.dossier / "index.html"

    @property
    def echecs(self) -> tuple[RapportEdite, ...]:
        """The reports that failed."""
        return self.with_status("echec")

    def write(self) -> None:
        """Write ``bilan.json`` and ``bilan.txt`` beside the index."""
        content = {
            "session": self.session,
            "publies": len(self.with_status("publie")),
            "inchanges": len(self.with_status("inchange")),
            "echecs": len(self.echecs),
            "secondes": round(self.secondes, 2),
            **({"ecarts": asdict(self.restants)} if self.restants else {}),
            "rapports": [asdict(rapport) for rapport in self.rapports],
        }
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        write_whole(self.dossier / "bilan.json", text)
        write_whole(self.dossier / "bilan.txt", "\n".join(self.lines()) + "\n")

    def lines(self) -> Iterator[str]:
        """Yield a short French text, fit for an e-mail."""
        yield f"Rapports de la session « {self.session} »"
        yield ""
        produits = len(self.with_status("publie"))
        yield f"Produits : {format_count(produits, 'rapport')}."
        if inchanges := len(self.with_status("inchange")):
            yield f"Déjà à jour : {format_count(inchanges, 'rapport')}."
        if self.echecs:
            yield f"Non produits : {format_count(len(self.echecs), 'rapport')}."
            yield from (f"  - {echec.titre} : {echec.message}" for echec in self.echecs)
            yield "Les carnets arrêtés et leurs notices sont dans le dossier echecs."
        if self.restants:
            yield f"Harmonisation, sur les notes en vigueur : {self.restants}."
        yield ""
        yield f"À ouvrir : {self.index}"
