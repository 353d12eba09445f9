"""`perequation init`: a session folder ready to receive its files."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template

from perequation.ingestion.ccf.commande import make_templates
from perequation.ingestion.fichiers import list_files
from perequation.socle.academies import find_academie
from perequation.socle.dossier import open_dossier
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.reglement import Reglement, available_reglements, find_reglement
from perequation.socle.ressources import ressource
from perequation.socle.schema import TABLES


def create_dossier(
    path: Path,
    specialites: Iterable[str],
    annee: int,
    academie: str | None,
    *,
    coefficients_confirmes: bool = False,
) -> Iterator[str]:
    """Create a session folder: `session.toml`, `donnees/` and empty models of the input files.

    When the roster is in the folder already and the académie is given, the CCF templates are made
    too.

    Parameters
    ----------
    path
        The folder; it may exist, but not hold a `session.toml`.
    specialites
        Codes of the spécialités.
    annee
        Year of the session.
    academie
        The piloting académie; None leaves it to be filled in, which every later command demands.
    coefficients_confirmes
        Someone has checked the coefficients of a règlement that is not confirmed.

    Yields
    ------
    str
        What was made and what to do next, line by line.

    Raises
    ------
    ConfigurationError
        The folder is already a session, no règlement is known for a spécialité, or there is no
        such académie.
    """
    codes = tuple(dict.fromkeys(code.upper() for code in specialites))
    if _is_session(path):
        raise ConfigurationError(f"« {path} » est déjà un dossier de session : rien n'est modifié.")
    known = available_reglements(path if path.is_dir() else None)
    reglements = tuple(find_reglement(known, code, annee) for code in codes)
    pilote = find_academie(academie) if academie else "À COMPLÉTER"
    (path / "donnees" / "modeles").mkdir(parents=True, exist_ok=True)
    for nom, table in TABLES.items():
        modele = path / "donnees" / "modeles" / f"{nom}.csv"
        modele.write_text(";".join(table.noms) + "\r\n", encoding="utf-8-sig")
    # Last, and whole: it is what makes a session of the folder.
    text = _session_toml(codes, annee, pilote, reglements, coefficients_confirmes)
    ecrit = path / "session.toml.nouveau"
    ecrit.write_text(text, encoding="utf-8")
    ecrit.replace(path / "session.toml")
    yield f"Dossier de session créé : {path}"
    if academie:
        yield "1. Vérifiez session.toml (titre, académie, effectifs de la circulaire)."
    else:
        yield (
            "1. Complétez session.toml : l'académie et le titre, que toute commande exige, puis les "
            "effectifs de la circulaire."
        )
    yield "2. Déposez vos fichiers dans donnees/ (en-têtes attendus : donnees/modeles/)."
    yield f"3. Lancez : perequation executer {path}"
    if academie:
        yield from _templates(path)
    elif any(p.is_file() for p in (path / "donnees").iterdir()):
        yield f"Modèles de CCF à faire ensuite : perequation modele-ccf {path}"
    for reglement in reglements:
        if not reglement.confirme and not coefficients_confirmes:
            yield (
                f"Attention : le règlement {reglement.specialite} n'est pas confirmé ; lisez "
                f"perequation reglement afficher {reglement.specialite} --session {annee}"
            )


def _is_session(path: Path) -> bool:
    """Say whether a folder is a session already; an empty `session.toml` is none of anybody's."""
    fichier = path / "session.toml"
    return fichier.is_dir() or (fichier.is_file() and bool(fichier.read_bytes().strip()))


def _templates(path: Path) -> Iterator[str]:
    """Make the CCF templates of a folder that has its roster; say why when they can't be."""
    try:
        dossier = open_dossier(path)
        if list_files(dossier, "candidats"):
            yield from make_templates(dossier)
    except PerequationError as faute:
        yield "Modèles de CCF à faire ensuite (perequation modele-ccf DOSSIER) :"
        yield from (f"  {ligne}" for ligne in faute.lines())


def _session_toml(
    codes: tuple[str, ...],
    annee: int,
    academie: str,
    reglements: tuple[Reglement, ...],
    confirmes: bool,
) -> str:
    titre = f"BTS {', '.join(codes)}, session {annee} ({academie})"
    a_confirmer = any(not r.confirme for r in reglements)
    return Template(ressource("gabarits", "session.toml").read_text(encoding="utf-8")).substitute(
        annee=annee,
        titre=_quoted(titre),
        academie=_quoted(academie),
        specialites=json.dumps(list(codes)),
        confirmation=(
            f"coefficients_confirmes = {str(confirmes).lower()}   "
            "# true après vérification du règlement\n"
            if a_confirmer
            else ""
        ),
    )


def _quoted(texte: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's."""
    return json.dumps(texte, ensure_ascii=False)
