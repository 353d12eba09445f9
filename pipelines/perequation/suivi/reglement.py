"""`perequation reglement`: a règlement as a table with its sources, or a blank one to fill in."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

from perequation.socle.erreurs import ConfigurationError
from perequation.socle.reglement import CODE_SPECIALITE, Epreuve, Reglement
from perequation.socle.ressources import ressource

_ENTETE = ("Épreuve", "Coef.", "Domaine", "Forme", "Évaluation", "Intitulé")
_DOMAINES = {"general": "général", "professionnel": "professionnel", None: "facultative"}
_FORMES = {"ecrit": "écrit", "oral": "oral", "pratique": "pratique", None: "–"}


def describe_reglement(reglement: Reglement) -> Iterator[str]:
    """Yield a règlement as French text: title, validity, source, table, total, what is not sure."""
    debut, fin = reglement.sessions
    yield f"BTS {reglement.titre} ({reglement.specialite}), sessions {debut} à {fin}"
    yield f"Source : {reglement.source}"
    yield "Confirmé." if reglement.confirme else "NON CONFIRMÉ : à vérifier avant toute décision."
    yield from (f"Réserve : {reserve}" for reserve in reglement.reserves)
    yield ""
    yield from _table([_ENTETE, *(_row(e) for e in reglement.epreuves)])
    yield ""
    yield f"Total des coefficients obligatoires : {_decimal(str(reglement.total_coefficients))}"


def _row(epreuve: Epreuve) -> tuple[str, ...]:
    code = f"  {epreuve.code}" if epreuve.epreuve else epreuve.code
    suite = f" (à la suite de {epreuve.a_la_suite_de})" if epreuve.a_la_suite_de else ""
    source = f" [{epreuve.source}]" if epreuve.source else ""
    evaluation = "CCF possible" if epreuve.ccf else "ponctuelle"
    return (
        code,
        _decimal(str(epreuve.coefficient)),
        _DOMAINES[epreuve.domaine],
        _FORMES[epreuve.forme],
        f"{evaluation}, ancre" if epreuve.ancre else evaluation,
        f"{epreuve.titre}{suite}{source}",
    )


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _decimal(texte: str) -> str:
    return texte.replace(".", ",")


def create_modele(path: Path, specialite: str, annee: int) -> Path:
    """Write a blank règlement to fill in, so that another spécialité takes a file, not code.

    Parameters
    ----------
    path
        The session folder; the file goes into its `reglements/`.
    specialite, annee
        What it is for.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    ConfigurationError
        The code is not one, or the file is there already.
    """
    if not re.match(CODE_SPECIALITE, specialite.upper()):
        raise ConfigurationError(
            f"« {specialite} » n'est pas un code de spécialité : de 2 à 12 lettres ou chiffres."
        )
    fichier = path / "reglements" / f"{specialite.lower()}-{annee}.toml"
    if fichier.exists():
        raise ConfigurationError(f"« {fichier} » existe déjà : il n'est pas remplacé.")
    modele = Template(ressource("gabarits", "reglement.toml").read_text(encoding="utf-8"))
    fichier.parent.mkdir(parents=True, exist_ok=True)
    fichier.write_text(
        modele.substitute(specialite=json.dumps(specialite.upper()), annee=annee), encoding="utf-8"
    )
    return fichier
