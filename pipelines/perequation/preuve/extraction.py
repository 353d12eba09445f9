"""Take an archive out of its ZIP: nothing outside its folder, nothing larger than it says, nothing else."""

import hashlib
import shutil
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from pydantic import ValidationError

from perequation.preuve import contenu
from perequation.preuve.contenu import PAGES, SOMMAIRE, Sommaire
from perequation.socle.erreurs import ConfigurationError, MissingInputError

# Beyond these an archive is not one of ours: a session of 150,000 candidates takes a tenth.
MAXIMAL_BYTES = 20_000_000_000
MAXIMAL_MEMBERS = 200_000
_DESCRIPTION_BYTES = 50_000_000
_BLOCK = 1 << 20
# What zipfile raises at a file that is damaged, encrypted, or no ZIP.
_UNREADABLE = (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error)


def extract_archive(archive: Path, folder: Path) -> Sommaire:
    """Extract an archive into an empty folder.

    Parameters
    ----------
    archive
        The ZIP.
    folder
        Where its members go, under their own names.

    Returns
    -------
    Sommaire
        What it says of itself; each member has the fingerprint said there.

    Raises
    ------
    MissingInputError
        There is no such file.
    ConfigurationError
        It isn't an archive of ours, is damaged, or was altered.
    """
    if not archive.is_file():
        raise MissingInputError(f"L'archive « {archive} » n'existe pas.")
    try:
        with ZipFile(archive) as packed:
            sommaire = _describe(archive, packed)
            _require_honest(archive, packed.infolist(), sommaire, shutil.disk_usage(folder).free)
            altered = [
                nom
                for nom in sorted(sommaire.fichiers)
                if _extract(packed, packed.getinfo(nom), folder) != sommaire.fichiers[nom]
            ]
            altered = altered or _other_pages(folder / PAGES, sommaire)
    except _UNREADABLE as error:
        raise ConfigurationError(
            f"« {archive} » n'est pas un ZIP lisible : le fichier est abîmé, ou n'en est pas un."
        ) from error
    if altered:
        raise ConfigurationError(
            f"« {archive} » a été modifiée depuis qu'elle a été faite.", altered[:20]
        )
    return sommaire


def _other_pages(folder: Path, sommaire: Sommaire) -> list[str]:
    """Name the pages that aren't those announced: a page has a fingerprint of its own as well."""
    held = contenu.fingerprint_pages(folder)
    noms = {nom for nom in {*held, *sommaire.pages} if held.get(nom) != sommaire.pages.get(nom)}
    return [f"{PAGES}/{nom}" for nom in sorted(noms)]


def _describe(archive: Path, packed: ZipFile) -> Sommaire:
    try:
        entry = packed.getinfo(SOMMAIRE)
        if entry.file_size > _DESCRIPTION_BYTES:
            raise KeyError
        with packed.open(entry) as stream:
            sommaire: Sommaire = contenu.read_json(stream.read(_DESCRIPTION_BYTES + 1))
    except (KeyError, ValidationError) as error:
        raise ConfigurationError(
            f"« {archive} » n'est pas une archive faite par : perequation archiver DOSSIER"
        ) from error
    if sommaire.format != contenu.FORMAT:
        raise ConfigurationError(
            f"« {archive} » est au format {sommaire.format}, que cette version ne lit pas "
            f"(attendu : {contenu.FORMAT})."
        )
    return sommaire


def _require_honest(
    archive: Path, entries: Iterable[ZipInfo], sommaire: Sommaire, free: int
) -> None:
    """Stop before writing anything when a member is not one we would have put there."""
    entries = [entry for entry in entries if entry.filename != SOMMAIRE]
    noms = [entry.filename for entry in entries]
    faults = [f"« {nom} » sortirait de l'archive" for nom in noms if not is_inside(nom)]
    faults += [f"« {e.filename} » est un lien" for e in entries if (e.external_attr >> 28) == 0xA]
    if len(noms) != len({nom.casefold() for nom in noms}):
        faults.append("un même nom y est deux fois")
    if set(noms) != set(sommaire.fichiers):
        faults.append("ses fichiers ne sont pas ceux qu'elle annonce")
    size = sum(entry.file_size for entry in entries)
    if size > min(MAXIMAL_BYTES, free) or len(noms) > MAXIMAL_MEMBERS:
        faults.append(f"elle annonce {len(noms)} fichiers et {size / 1e6:.0f} Mo, plus que permis")
    if faults:
        raise ConfigurationError(f"« {archive} » n'est pas ouverte.", faults[:20])


def is_inside(nom: str) -> bool:
    """Say whether the name of a member stays below the folder it is extracted to."""
    path = PurePosixPath(nom)
    return (
        bool(path.parts)
        and not path.is_absolute()
        and not nom.endswith("/")
        and not any(part in {"..", ".", ""} for part in nom.split("/"))
        and not any(character in nom for character in "\\:\0")
    )


def _extract(packed: ZipFile, entry: ZipInfo, folder: Path) -> str:
    """Write a member, no further than it says it goes; return its SHA-256."""
    path = folder.joinpath(*PurePosixPath(entry.filename).parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), entry.file_size
    with packed.open(entry) as stream, path.open("xb") as written:
        while block := stream.read(min(_BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                raise BadZipFile(entry.filename)
            digest.update(block)
            written.write(block)
    return digest.hexdigest()
