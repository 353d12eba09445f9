"""Which files a session names, and what identifies each: path, size, SHA-256."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase, translate
from pathlib import Path

from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import MissingInputError
from perequation.socle.schema import TABLES

# In a pattern of `[donnees] renvois`, a date of the file's name: 2022-06-13, 20220613, 13-06-2022.
MARQUE_DATE = "{date}"
_DATE = (
    r"(?:(?P<a>20\d\d)[-_.]?(?P<m>\d\d)[-_.]?(?P<j>\d\d)"
    r"|(?P<j2>\d\d)[-_.](?P<m2>\d\d)[-_.](?P<a2>20\d\d))"
)
# Beyond any date written AAAAMMJJ.
_UN_ENVOI = 100_000_000

# Left behind by Excel and LibreOffice while a workbook is open.
_VERROUS = ("~$", ".~lock.")


@dataclass(frozen=True)
class FichierEntree:
    """One input file.

    Attributes
    ----------
    chemin
        Where it is.
    nom
        Its path relative to the session folder, with ``/``: what users and tables see.
    type_fichier
        One of the tables of `schema.TABLES`.
    octets
        Size.
    sha256
        Fingerprint, empty when the file can't be opened.
    copie_de
        Name of an earlier file with the same content, which alone is read.
    """

    chemin: Path
    nom: str
    type_fichier: str
    octets: int
    sha256: str
    copie_de: str | None = None


def list_inputs(dossier: Dossier) -> tuple[FichierEntree, ...]:
    """List the input files of a session, sorted by kind then name.

    Raises
    ------
    MissingInputError
        No file answers the patterns of the roster or of the marks.
    """
    fichiers: list[FichierEntree] = []
    for type_fichier in TABLES:
        found = list_files(dossier, type_fichier)
        if not found and type_fichier in {"candidats", "notes"}:
            globs = getattr(dossier.configuration.donnees, type_fichier)
            raise MissingInputError(
                f"Aucun fichier de {type_fichier} dans {dossier.racine.name} "
                f"(motifs cherchés : {', '.join(globs)}). "
                f"Déposez-le, ou corrigez [donnees] {type_fichier} dans session.toml."
            )
        fichiers += found
    return tuple(fichiers)


def list_files(dossier: Dossier, type_fichier: str) -> tuple[FichierEntree, ...]:
    """List the input files of one kind, sorted by name; none is no fault here."""
    globs: tuple[str, ...] = getattr(dossier.configuration.donnees, type_fichier)
    return tuple(_fingerprint(dossier.racine, type_fichier, globs))


def is_read(dossier: Dossier, type_fichier: str, nom: str) -> bool:
    """Tell whether a file of that path (relative, with ``/``) would be read as that kind."""
    globs: tuple[str, ...] = getattr(dossier.configuration.donnees, type_fichier)
    parties = nom.lower().split("/")
    return any(_matches(glob.lower().split("/"), parties) for glob in globs)


def _matches(motifs: list[str], parties: list[str]) -> bool:
    if not motifs or not parties:
        return motifs == parties
    if motifs[0] == "**":
        return _matches(motifs[1:], parties) or _matches(motifs, parties[1:])
    return fnmatchcase(parties[0], motifs[0]) and _matches(motifs[1:], parties[1:])


def rank_sent(nom: str, renvois: Sequence[str]) -> int | None:
    """Say in which order a file was sent; the higher replaces the lower, row by row.

    Parameters
    ----------
    nom
        Its name.
    renvois
        Patterns of names, from the first sending to the last; `{date}` stands for a date.

    Returns
    -------
    int or None
        None when no pattern says.
    """
    for rang, motif in enumerate(renvois, start=1):
        avant, date_wanted, apres = motif.lower().partition(MARQUE_DATE)
        if not date_wanted:
            if fnmatchcase(nom.lower(), motif.lower()):
                return rang * _UN_ENVOI
            continue
        found = re.fullmatch(
            f"{_as_regex(avant)}{_DATE}{_as_regex(apres)}", nom.lower(), flags=re.DOTALL
        )
        jour = _read_day(found) if found else None
        if jour is not None:
            return rang * _UN_ENVOI + int(jour.strftime("%Y%m%d"))
    return None


def _as_regex(motif: str) -> str:
    return translate(motif).removesuffix(r"\Z").removesuffix(r"\z") if motif else ""


def _read_day(found: re.Match[str]) -> date | None:
    annee, mois, jour = (
        (found["a"], found["m"], found["j"])
        if found["a"]
        else (found["a2"], found["m2"], found["j2"])
    )
    try:
        return date(int(annee), int(mois), int(jour))
    except ValueError:
        return None


def _fingerprint(
    racine: Path, type_fichier: str, globs: tuple[str, ...]
) -> Iterator[FichierEntree]:
    premiers: dict[str, str] = {}
    for path in _expand(racine, globs):
        nom = _readable(path.relative_to(racine).as_posix())
        data, sha256 = path.stat().st_size, hash_file(path)
        # Empty files are all alike; each is told on its own.
        copie_de = premiers.setdefault(sha256, nom) if data and sha256 else nom
        yield FichierEntree(
            path, nom, type_fichier, data, sha256, None if copie_de == nom else copie_de
        )


def _readable(nom: str) -> str:
    """Return a name as text: what isn't in the system's encoding can't be told nor stored."""
    return nom.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _expand(racine: Path, globs: tuple[str, ...]) -> list[Path]:
    found = {path for glob in globs for path in racine.glob(_any_case(glob))}
    return sorted(c for c in found if c.is_file() and not c.name.startswith(_VERROUS))


def _any_case(glob: str) -> str:
    """Make a pattern blind to case: Windows tools write NOTES.CSV as readily as notes.csv."""
    morceaux = re.split(r"(\[[^]]*\])", glob)
    return "".join(
        m if m.startswith("[") else re.sub(r"[^\W\d_]", _both_cases, m) for m in morceaux
    )


def _both_cases(lettre: re.Match[str]) -> str:
    bas, haut = lettre[0].lower(), lettre[0].upper()
    return f"[{bas}{haut}]" if len(bas) == len(haut) == 1 and bas != haut else lettre[0]


def hash_file(chemin: Path) -> str:
    """Return the SHA-256 of a file, or an empty text when it can't be opened."""
    try:
        with chemin.open("rb") as flux:
            return hashlib.file_digest(flux, "sha256").hexdigest()
    except OSError:
        return ""
