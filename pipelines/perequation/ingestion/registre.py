"""What was found out about each file read, kept in `raw.fichier`."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from perequation.ingestion.fichiers import FichierEntree
from perequation.ingestion.lecture.disposition_lue import FichierOuvert
from perequation.ingestion.lecture.modele_rempli import Modele
from perequation.socle.schema import SIGNATURE


@dataclass
class FichierRecu:
    """What `raw.fichier` says of a file."""

    entree: FichierEntree
    lues: int = 0
    profil: str = ""
    lecture: FichierOuvert | None = None
    feuille: str | None = None
    classeur: str | None = None
    convertit_baremes: bool = False
    faits: dict[str, str] = field(default_factory=dict[str, str])
    fournies: dict[str, str] = field(default_factory=dict[str, str])
    modele: Modele | None = None
    rang_envoi: int | None = None


def register(con: duckdb.DuckDBPyConnection, fiche: FichierRecu) -> None:
    """Write what was found out about a file into `raw.fichier`."""
    entree, lecture, modele = fiche.entree, fiche.lecture, fiche.modele
    ligne: dict[str, object] = {
        "fichier": entree.nom,
        "type_fichier": entree.type_fichier,
        "sha256": entree.sha256,
        "octets": entree.octets,
        "profil": fiche.profil or None,
        "lignes_lues": fiche.lues,
        "unite_compte": "ligne",
        "copie_de": entree.copie_de,
        "convertit_baremes": fiche.convertit_baremes,
        "classeur": fiche.classeur,
        "rang_envoi": fiche.rang_envoi,
        **{nom: text or None for nom, text in fiche.faits.items()},
    }
    if lecture is not None:
        ligne |= {
            "encodage": lecture.encodage,
            "separateur": lecture.separateur or None,
            "unite_compte": "cellule" if lecture.entete.epreuves else "ligne",
            "colonnes_ignorees": _list(n for n in lecture.entete.supplements if n not in SIGNATURE),
            "ligne_entete": lecture.entete.ligne,
            "feuille": lecture.feuille,
            "feuilles_ignorees": _list(lecture.feuilles_ignorees),
            "valeurs_fournies": json.dumps(fiche.fournies, ensure_ascii=False)
            if fiche.fournies
            else None,
        }
    if modele is not None:
        ligne |= {
            "modele_uai": modele.uai,
            "modele_specialite": modele.specialite,
            "modele_version": modele.version,
            "modele_etape": modele.etape,
            "modele_conforme": modele.est_conforme,
            "modifie_le": modele.modifie_le,
        }
    noms, marques = ", ".join(ligne), ", ".join("?" * len(ligne))
    con.execute(f"insert into raw.fichier ({noms}) values ({marques})", list(ligne.values()))
    if lecture is not None and lecture.entete.epreuves:
        con.executemany(
            "insert into raw.colonne_epreuve values (?, ?, ?, ?)",
            [
                (
                    entree.nom,
                    code,
                    lecture.entete.libelles[position].strip(),
                    lecture.source.letter(position),
                )
                for code, position in lecture.entete.epreuves.items()
            ],
        )


def _list(noms: Iterable[str]) -> str | None:
    return ", ".join(noms) or None
