"""The import profile proposed for a file, completed by choosing from lists."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData

from perequation.bureau.places import require_inside, slug
from perequation.bureau.toml_lines import write_value
from perequation.ingestion import Apercu
from perequation.ingestion.profils import load_profile
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fichiers import write_whole
from perequation.socle.schema import TABLES

_DEFAULTS = {"specialite": "{specialite}", "session": "{annee}", "academie": "{academie_pilote}"}


@dataclass(frozen=True)
class Question:
    """Something the proposal leaves to say.

    Attributes
    ----------
    champ
        Name of the form's field.
    libelle
        What is asked.
    choix
        The answers: value and words.
    est_colonne
        Whether a constant may be given instead.
    """

    champ: str
    libelle: str
    choix: tuple[tuple[str, str], ...]
    est_colonne: bool = False


def ask(apercu: Apercu) -> list[Question]:
    """Return what is left to say for a file to be read with the profile proposed for it."""
    if not apercu.profil_propose:
        return []
    return [*_columns(apercu), *_codes(apercu)]


def _columns(apercu: Apercu) -> Iterator[Question]:
    words = {c.nom: c.sens for c in TABLES[apercu.type_fichier].colonnes}
    codes = {c.nom: c.codes for c in TABLES[apercu.type_fichier].colonnes}
    labels = tuple((label, f"colonne « {label} »") for label in apercu.ignorees)
    for nom in apercu.manquantes:
        usual = _DEFAULTS.get(nom)
        session = ((f"={usual}", "celle de la session"),) if usual else ()
        always = tuple((f"={code}", f"toujours {code}") for code in codes.get(nom, ()))
        choices = (*session, *labels, *always)
        yield Question(f"colonne_{nom}", words.get(nom, nom), choices, est_colonne=True)


def _codes(apercu: Apercu) -> Iterator[Question]:
    columns = {c.nom: c for c in TABLES[apercu.type_fichier].colonnes}
    for number, code in enumerate(_unknown(apercu)):
        values = columns[code.colonne].codes if code.colonne in columns else ()
        if values:
            yield Question(
                f"code_{number}",
                f"{code.colonne} : « {code.valeur} » ({code.nombre})",
                tuple((value, value) for value in values),
            )


def _unknown(apercu: Apercu) -> list[Any]:
    return [c for c in apercu.essai.codes if not c.est_compris] if apercu.essai else []


def fill(dossier: Dossier, apercu: Apercu, form: FormData) -> str:
    """Return the profile proposed with what a form says of it.

    One that only completes a profile of the session is that profile, completed.
    """
    read: dict[str, Any] = tomllib.loads(apercu.profil_propose)
    own = dossier.racine / "profils" / f"{read.get('base')}.toml"
    if own.is_file():
        read = tomllib.loads(own.read_text("utf-8-sig"))
    kind = read.setdefault(apercu.type_fichier, {})
    for nom in apercu.manquantes:
        chosen = str(form.get(f"colonne_{nom}", ""))
        constant = " ".join(str(form.get(f"constante_{nom}", "")).split())
        if chosen.startswith("=") or constant:
            kind.setdefault("constantes", {})[nom] = constant or chosen[1:]
        elif chosen in apercu.ignorees:
            kind.setdefault("colonnes", {})[nom] = [chosen]
        else:
            raise ConfigurationError(f"Dites où est « {nom} », ou écrivez sa valeur.")
    for number, code in enumerate(_unknown(apercu)):
        if chosen := str(form.get(f"code_{number}", "")):
            kind.setdefault("codes", {}).setdefault(code.colonne, {})[code.valeur] = chosen
    return "\n".join(_dump(read)) + "\n"


def save(dossier: Dossier, source: Path, text: str) -> str:
    """Write a profile among the session's, under the name of the file it is for.

    Raises
    ------
    ConfigurationError
        It is not a profile.
    """
    nom = slug(source.stem) or "profil"
    path = require_inside(dossier.racine / "profils" / f"{nom}.toml", dossier.racine)
    before = path.read_text("utf-8") if path.is_file() else None
    write_whole(path, f"# Profil de {source.name}, complété sur la page.\n{text}")
    try:
        load_profile(nom, dossier)
    except ConfigurationError:
        if before is None:
            path.unlink()
        else:
            write_whole(path, before)
        raise
    return f"profils/{nom}.toml"


def _dump(read: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the lines of a table: its values, then its tables."""
    values = {k: v for k, v in read.items() if not isinstance(v, dict)}
    if path and values:
        yield "[" + ".".join(write_value(part) for part in path) + "]"
    yield from (f"{write_value(k)} = {write_value(v)}" for k, v in values.items())
    if values:
        yield ""
    for name, table in read.items():
        if isinstance(table, dict):
            yield from _dump(table, (*path, name))
