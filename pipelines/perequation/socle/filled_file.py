"""A file handed out to be filled in: never over a filled one, read back, filed where it is read.

The CCF templates, the meeting's decisions and the jury's go through here.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath

from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import MissingInputError
from perequation.socle.fichiers import make_folder, refuse_to_overwrite, within, write_whole

REMPLACER = "Pour le refaire : --remplacer."
# What each file was when it was handed out: the same bytes are a file nobody has filled in.
_MEMOIRE = ".remis.json"


def hand_out(
    dossier: Dossier,
    files: Mapping[Path, Callable[[Path], None]],
    *,
    remplacer: bool = False,
    remede: str = REMPLACER,
) -> None:
    """Write files to be filled in, unless one of them may have been.

    Parameters
    ----------
    dossier
        The session folder.
    files
        Each path and what writes it.
    remplacer
        Write over files that may have been filled in.
    remede
        What the user does to have them all the same.

    Raises
    ------
    ConfigurationError
        A file is there and is not what was handed out. One left as it was handed out is replaced.
    """
    if not remplacer:
        refuse_filled(dossier, files, remede)
    for path, write in files.items():
        make_folder(path.parent)
        write(path)
    remember(dossier, files)


def refuse_filled(dossier: Dossier, paths: Iterable[Path], remede: str) -> None:
    """Stop when a file to hand out is there and may have been filled in; see `hand_out`."""
    known = _handed_out(dossier)
    refuse_to_overwrite(dossier, [p for p in paths if _may_be_filled_in(p, known)], remede)


def remember(dossier: Dossier, paths: Iterable[Path]) -> None:
    """Remember files as they are handed out: the same bytes are a file nobody has filled in."""
    known = _handed_out(dossier) | {path: _hash(path) for path in paths}
    texts = {str(within(dossier, path)): value for path, value in known.items()}
    write_whole(dossier.sortie / _MEMOIRE, json.dumps(texts, indent=1, sort_keys=True) + "\n")


def last_filled_in(dossier: Dossier, paths: Iterable[Path], remede: str) -> Path:
    """Return the file that was filled in last; when none was, the last written.

    Raises
    ------
    MissingInputError
        None of them is there; `remede` says what to do first.
    """
    there = [path for path in paths if path.is_file()]
    if not there:
        raise MissingInputError(remede)
    known = _handed_out(dossier)
    filled = [path for path in there if _may_be_filled_in(path, known)]
    return max(filled or there, key=lambda path: path.stat().st_mtime_ns)


def file_back(
    dossier: Dossier, globs: Iterable[str], name: str, write: Callable[[Path], None]
) -> Path | None:
    """Put a checked file where `session.toml` reads it, never over another.

    Parameters
    ----------
    dossier
        The session folder.
    globs
        The patterns of `[donnees]` for this kind of file.
    name
        Wanted name, with its suffix; a number is added when it is taken.
    write
        Writes the file.

    Returns
    -------
    pathlib.Path or None
        Where it is; None when no pattern reads a file of that name.
    """
    target = next(_free_places(dossier, tuple(globs), name), None)
    if target is not None:
        write(target)
    return target


def place_it(dossier: Dossier, kind: str, globs: Iterable[str], copy: Path) -> str:
    """Say what to write in `session.toml` for a copy to be read, when no pattern does."""
    patterns = ", ".join(f'"{glob}"' for glob in (*globs, f"donnees/{copy.name}"))
    return (
        f"session.toml ne lirait pas {copy.name} : dans [donnees], écrivez {kind} = [{patterns}], "
        f"puis copiez-y {within(dossier, copy)}."
    )


def _free_places(dossier: Dossier, globs: tuple[str, ...], name: str) -> Iterator[Path]:
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    folders = dict.fromkeys(PurePosixPath(glob).parent.as_posix() for glob in globs)
    for folder in (folder for folder in folders if not set("*?[") & set(folder)):
        for number in range(1, 100):
            relative = f"{folder}/{stem}{'' if number == 1 else f'_{number}'}{suffix}"
            is_read = any(PurePosixPath(relative.lower()).match(glob.lower()) for glob in globs)
            if is_read and not (dossier.racine / relative).exists():
                yield dossier.racine / relative


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _handed_out(dossier: Dossier) -> dict[Path, str]:
    """Return what each file handed out was, by its path."""
    try:
        known = json.loads((dossier.sortie / _MEMOIRE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {dossier.racine / str(name): str(value) for name, value in known.items()}


def _may_be_filled_in(path: Path, known: Mapping[Path, str]) -> bool:
    return path.is_file() and known.get(path) != _hash(path)
