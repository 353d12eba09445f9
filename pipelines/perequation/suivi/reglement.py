"""`perequation reglement`: a règlement as a table with its sources, or a blank one to fill in."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from perequation.socle.donnee import Certitude
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.reglement import (
    CODE_SPECIALITE,
    Epreuve,
    Reglement,
    available_reglements,
    find_reglement,
)
from perequation.socle.regles_decision import rules_at
from perequation.socle.ressources import ressource

_ENTETE = ("Épreuve", "Coef.", "Domaine", "Forme", "Évaluation", "Intitulé")
_DOMAINES = {"general": "général", "professionnel": "professionnel", None: "facultative"}
_OBJETS = {
    "premiere_session": "Première session",
    "derniere_session": "Dernière session",
    "coefficients": "Coefficients",
    "domaines": "Domaines",
}
_CERTITUDES: dict[Certitude, str] = {
    "texte": "texte lu",
    "secondaire": "source secondaire",
    "deduit": "déduit",
    "inconnu": "non trouvé",
}
_FORMES = {"ecrit": "écrit", "oral": "oral", "pratique": "pratique", None: "–"}


def describe_reglement(reglement: Reglement, annee: int) -> Iterator[str]:
    """Yield a règlement as French text: title, validity, source, table, total, what is not sure."""
    yield f"BTS {reglement.titre} ({reglement.specialite}), sessions {reglement.etendue}"
    yield f"Source : {reglement.source}"
    yield from (
        f"  {_OBJETS.get(s.objet, s.objet)} : {s.texte} ({_CERTITUDES[s.certitude]})"
        for s in reglement.sources
    )
    reserves = (*rules_at(annee).regime.reserves, *reglement.reserves_at(annee))
    if not reglement.confirme:
        yield "NON CONFIRMÉ : à vérifier avant toute décision."
    else:
        yield "Confirmé, avec une réserve." if reserves else "Confirmé."
    yield from (f"Réserve : {reserve}" for reserve in reserves)
    yield ""
    yield from _table([_ENTETE, *_rows(reglement)])
    yield ""
    yield f"Total des coefficients obligatoires : {_decimal(str(reglement.total_coefficients))}"


def _rows(reglement: Reglement) -> Iterator[tuple[str, ...]]:
    """Yield the épreuves, each whole one before its sous-épreuves."""
    dits: set[str] = set()
    for epreuve in reglement.epreuves:
        groupe = epreuve.groupe
        if epreuve.epreuve and groupe not in dits:
            total = sum(e.coefficient for e in reglement.epreuves if e.groupe == groupe)
            yield (groupe, _decimal(str(total)), "", "", "", reglement.title_of(groupe))
        dits.add(groupe)
        yield _row(epreuve)


def _row(epreuve: Epreuve) -> tuple[str, ...]:
    code = f"  {epreuve.code}" if epreuve.epreuve else epreuve.code
    suite = f" (à la suite de {epreuve.a_la_suite_de})" if epreuve.a_la_suite_de else ""
    doute = epreuve.certitude and f"coefficient {_CERTITUDES[epreuve.certitude]}"
    sources = ", ".join(filter(None, (epreuve.source, doute)))
    source = f" [{sources}]" if sources else ""
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


def extend_reglement(path: Path, specialite: str, annee: int) -> Path:
    """Write the règlement of a session from the latest one known before it, with its reserves.

    Parameters
    ----------
    path
        The session folder; the file goes into its `reglements/`.
    specialite, annee
        What it is for.

    Returns
    -------
    pathlib.Path
        The file written, to be checked by hand: the session is decided with what it says.

    Raises
    ------
    ConfigurationError
        No règlement is known before that session, or the file is there already.
    """
    code = specialite.upper()
    known = available_reglements(path if path.is_dir() else None)
    anterieurs = [r for r in known if r.specialite == code and r.debut <= annee]
    if not anterieurs:
        find_reglement(known, code, annee)
    dernier = max(anterieurs, key=lambda r: r.debut)
    fichier = path / "reglements" / f"{code.lower()}-{annee}.toml"
    if fichier.exists():
        raise ConfigurationError(f"« {fichier} » existe déjà : il n'est pas remplacé.")
    fichier.parent.mkdir(parents=True, exist_ok=True)
    fichier.write_text("\n".join(_extended(dernier, annee)) + "\n", encoding="utf-8")
    return fichier


def _extended(reglement: Reglement, annee: int) -> Iterator[str]:
    """Yield the TOML of a règlement prolonged to one session."""
    prolonge = (
        f"Prolongé à la session {annee} d'après le règlement {reglement.etendue} : aucun texte de "
        "cette session n'a été lu."
    )
    yield f"# {prolonge}"
    yield f"specialite = {_quote(reglement.specialite)}"
    yield f"titre = {_quote(reglement.titre)}"
    yield f"sessions = [{annee}, {annee}]"
    if reglement.facultatives_maximales is not None:
        yield f"facultatives_maximales = {reglement.facultatives_maximales}"
    yield f"source = {_quote(reglement.source)}"
    yield f"confirme = {str(reglement.confirme).lower()}"
    yield "reserves = ["
    yield from (f"  {_quote(r)}," for r in dict.fromkeys((*reglement.reserves_at(annee), prolonge)))
    yield "]"
    yield "sources = ["
    yield from (f"  {_inline(s.model_dump())}," for s in reglement.sources)
    yield "]"
    yield ""
    for nom in ("groupes", "epreuves", "repartitions"):
        yield f"{nom} = ["
        yield from (f"  {_inline(ligne)}," for ligne in _lines(reglement, nom))
        yield "]"


def _lines(reglement: Reglement, nom: str) -> list[Mapping[str, object]]:
    """Return the inline tables of one list of a règlement, as text and booleans."""
    return reglement.model_dump(mode="json", include={nom}, exclude_defaults=True).get(nom, [])


def _inline(valeurs: Mapping[str, object]) -> str:
    """Return a TOML inline table."""
    return "{ " + ", ".join(f"{nom} = {_quote(v)}" for nom, v in valeurs.items()) + " }"


def _quote(valeur: object) -> str:
    """Return a TOML value; JSON's texts, booleans and lists of texts are TOML's."""
    return json.dumps(valeur, ensure_ascii=False)
