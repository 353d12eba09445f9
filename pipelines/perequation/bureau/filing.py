"""What is dropped or typed becomes a file of `donnees/` that the import reads; nothing is lost."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from perequation.bureau.places import is_inside, require_inside
from perequation.bureau.settings import save_settings
from perequation.ingestion.fichiers import list_files
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fichiers import within, written_whole
from perequation.socle.filled_file import file_back, put_aside
from perequation.socle.schema import TABLES


@dataclass(frozen=True)
class Received:
    """A file to file.

    Attributes
    ----------
    source
        Where it is, under its own name.
    kind
        One of the tables of `schema.TABLES`.
    auteur
        Who files it.
    profil
        The import profile it is read with, when it is not the session's.
    remplace
        Whether the file of that name is withdrawn first.
    folder
        The only folder it may go to, relative to the session's; the usual one when empty.
    """

    source: Path
    kind: str
    auteur: str
    profil: str = ""
    remplace: bool = False
    folder: str = ""


def file_upload(dossier: Dossier, received: Received) -> Iterator[str]:
    """Put a file received where `session.toml` reads its kind, never over another.

    Yields
    ------
    str
        Where it is, and who put it there.

    Raises
    ------
    ConfigurationError
        A link would have it written elsewhere.
    """
    source, kind = received.source, received.kind
    suffix = source.suffix.lower()
    folder = received.folder or _usual_folder(getattr(dossier.configuration.donnees, kind))
    dossier = _read_suffix(dossier, kind, suffix, folder)
    globs: Sequence[str] = getattr(dossier.configuration.donnees, kind)
    ours = [g for g in globs if PurePosixPath(g).parent.as_posix() == folder]
    names = [f"{source.stem}{suffix}", f"{kind}_{source.stem}{suffix}"]
    name = next(n for n in names if _is_read(n, ours))
    if received.remplace:
        yield from _withdraw_same(dossier, name, ours)
    written = file_back(dossier, ours, name, lambda path: _copy(source, path, dossier))
    if written is None:
        raise ConfigurationError(f"Plus de nom libre pour « {name} » : retirez-en d’abord.")
    relative = within(dossier, written).as_posix()
    if received.profil:
        key = ("donnees", "profils", relative)
        save_settings(dossier.racine / "session.toml", {key: received.profil})
    yield f"{relative}, rangé par {received.auteur} le {_now()}."


def _usual_folder(globs: Sequence[str]) -> str:
    """Return the folder of the first pattern that names one."""
    folders = (PurePosixPath(glob).parent.as_posix() for glob in globs)
    return next((f for f in folders if not set("*?[") & set(f)), "donnees")


def _is_read(name: str, globs: Iterable[str]) -> bool:
    return any(PurePosixPath(name.lower()).match(PurePosixPath(g.lower()).name) for g in globs)


def _read_suffix(dossier: Dossier, kind: str, suffix: str, folder: str) -> Dossier:
    """Have `session.toml` read files of a kind and a suffix in a folder, when it does not yet."""
    globs: tuple[str, ...] = getattr(dossier.configuration.donnees, kind)
    ours = [g for g in globs if PurePosixPath(g).parent.as_posix() == folder]
    usual = folder == _usual_folder(globs)
    if _is_read(f"{kind}_x{suffix}", ours):
        return dossier
    wanted = f"{folder}/{kind}*{suffix}" if usual else f"{folder}/*{suffix}"
    save_settings(dossier.racine / "session.toml", {("donnees", kind): [*globs, wanted]})
    return open_dossier(dossier.racine)


def _copy(source: Path, path: Path, dossier: Dossier) -> None:
    require_inside(path, dossier.racine)
    with written_whole(path) as hidden:
        shutil.copyfile(source, hidden)


def _withdraw_same(dossier: Dossier, name: str, globs: Iterable[str]) -> Iterator[str]:
    for folder in dict.fromkeys(PurePosixPath(glob).parent.as_posix() for glob in globs):
        if not set("*?[") & set(folder) and (dossier.racine / folder / name).is_file():
            yield withdraw_file(dossier, f"{folder}/{name}")


def withdraw_file(dossier: Dossier, name: str) -> str:
    """Move an input aside, dated, where nothing reads it; say where.

    Raises
    ------
    ConfigurationError
        It is not an input of the session.
    """
    inputs = {f.nom: f.chemin for kind in TABLES for f in list_files(dossier, kind)}
    inputs |= {p.relative_to(dossier.racine).as_posix(): p for p in dossier.unread()}
    path = inputs.get(name)
    if path is None or path.is_symlink() or not is_inside(path, dossier.racine):
        raise ConfigurationError(f"« {name} » n’est pas un fichier de cette session.")
    require_inside(dossier.racine / "donnees" / "retires", dossier.racine)
    target = put_aside(dossier, path)
    return f"{name} est maintenant {within(dossier, target).as_posix()} : il n’est plus lu."


def _now() -> str:
    return f"{datetime.now().astimezone():%d/%m/%Y à %H:%M}"
