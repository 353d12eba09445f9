"""A file handed out to be filled in: never over a filled one, read back, filed where it is read.

The CCF templates, the meeting's decisions and the jury's go through here.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError, MissingInputError
from perequation.socle.fichiers import (
    make_folder,
    put_in_place,
    refuse_to_overwrite,
    within,
    write_csv,
    write_whole,
    written_whole,
)
from perequation.socle.schema import SIGNATURE, TABLES

if TYPE_CHECKING:
    import polars as pl

REMPLACER = "Pour le refaire : --remplacer."
IsBlank = Callable[[Path], bool]
# What each file was when it was handed out: the same bytes are a file nobody has filled in.
_MEMOIRE = ".remis.json"
# Where what is not read any more is kept.
_RETIRES = "donnees/retires"


@dataclass(frozen=True)
class Depot:
    """What became of a file that was filled in, once checked; iterates over its lines for the user.

    Attributes
    ----------
    source
        The file that was checked.
    classe
        Where `session.toml` now reads its rows; None when nothing was new, or no pattern reads it.
    nombre
        Rows filed.
    lignes
        What to tell the user.
    nominatives
        What to tell besides, that names candidates: shown, never logged.
    """

    source: Path
    classe: Path | None
    nombre: int
    lignes: tuple[str, ...]
    nominatives: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[str]:
        """Yield the lines for the user."""
        yield from self.lignes
        yield from self.nominatives


@dataclass(frozen=True)
class Remise:
    """Files handed out to be filled in; iterates over its lines for the user.

    Attributes
    ----------
    fichiers
        The files written; none when there is nothing to fill in.
    nombre
        Lines or cells to fill in.
    lignes
        What to tell the user.
    """

    fichiers: tuple[Path, ...]
    nombre: int
    lignes: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        """Yield the lines for the user."""
        return iter(self.lignes)


def never_blank(path: Path) -> bool:
    """Say that nothing of a file is known to be empty."""
    del path
    return False


def hand_out(
    dossier: Dossier,
    files: Mapping[Path, Callable[[Path], None]],
    *,
    remplacer: bool = False,
    remede: str = REMPLACER,
    is_blank: IsBlank = never_blank,
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
    is_blank
        Says that nothing is written in a file, though it was opened and saved.

    Raises
    ------
    ConfigurationError
        A file is there and was filled in. One left as it was handed out, or blank, is replaced.
    """
    if not remplacer:
        refuse_filled(dossier, files, remede, is_blank)
    for path, write in files.items():
        make_folder(path.parent)
        write(path)
    remember(dossier, files)


def refuse_filled(
    dossier: Dossier, paths: Iterable[Path], remede: str, is_blank: IsBlank = never_blank
) -> None:
    """Stop when a file to hand out is there and may have been filled in; see `hand_out`."""
    refuse_to_overwrite(dossier, filled_in(dossier, paths, is_blank), remede)


def filled_in(
    dossier: Dossier, paths: Iterable[Path], is_blank: IsBlank = never_blank
) -> list[Path]:
    """Return the files that were filled in since they were handed out, or since they were filed."""
    known = _handed_out(dossier)
    return [path for path in paths if _may_be_filled_in(path, known) and not is_blank(path)]


def remember(dossier: Dossier, paths: Iterable[Path]) -> None:
    """Remember files as they are handed out: the same bytes are a file nobody has filled in."""
    known = _handed_out(dossier) | {path: _hash(path) for path in paths}
    texts = {str(within(dossier, path)): value for path, value in known.items()}
    write_whole(dossier.sortie / _MEMOIRE, json.dumps(texts, indent=1, sort_keys=True) + "\n")


def mark_filed(dossier: Dossier, path: Path) -> None:
    """Remember that what a file handed out now holds is among the inputs; any other is not known."""
    if path in _handed_out(dossier) and path.is_file():
        remember(dossier, [path])


def only_filled_in(
    dossier: Dossier, paths: Iterable[Path], remede: str, is_blank: IsBlank = never_blank
) -> Path:
    """Return the file that was filled in; when none was, the first of those that are there.

    Never the one written last: a copy of the folder changes that.

    Raises
    ------
    MissingInputError
        None of them is there; `remede` says what to do first.
    ConfigurationError
        Several were filled in.
    """
    there = [path for path in paths if path.is_file()]
    if not there:
        raise MissingInputError(remede)
    filled = filled_in(dossier, there, is_blank)
    require_alone(filled)
    return (filled or there)[0]


def require_alone(filled: Sequence[Path]) -> None:
    """Refuse to choose between files that were filled in for the same decisions.

    Raises
    ------
    ConfigurationError
        There are several.
    """
    if len(filled) > 1:
        noms = ", ".join(path.name for path in filled)
        raise ConfigurationError(
            f"Plusieurs fichiers sont remplis : {noms}. Donnez à la commande celui qui fait foi, ou "
            "retirez les autres."
        )


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


def file_rows(  # noqa: PLR0913 (what is filed, each by its name)
    dossier: Dossier, kind: str, rows: "pl.DataFrame", source: Path, name: str, *, auteur: str = ""
) -> tuple[Path | None, str]:
    """File checked rows as an input of the session, with the columns of its contract.

    Parameters
    ----------
    dossier
        The session folder.
    kind
        One of `schema.TABLES`.
    rows
        What is not among the inputs yet.
    source
        The file they come from: from now on it holds nothing new.
    name
        Wanted name of the input.
    auteur
        Who typed them, when it is told: kept beside each, with the time.

    Returns
    -------
    tuple
        Where they are, None when no pattern of `session.toml` reads that name (they are then beside
        the source), and one line that says so.
    """
    globs: tuple[str, ...] = getattr(dossier.configuration.donnees, kind)
    filed = file_back(dossier, globs, name, lambda path: write_rows(path, kind, rows, auteur))
    if filed is None:
        copy = source.parent / f"{PurePosixPath(name).stem}_verifiees.csv"
        write_rows(copy, kind, rows, auteur)
        return None, place_it(dossier, kind, globs, copy)
    mark_filed(dossier, source)
    return filed, f"Classées dans {within(dossier, filed)}, que session.toml lit."


def write_rows(path: Path, kind: str, rows: "pl.DataFrame", auteur: str = "") -> None:
    """Write rows as an input file: the columns of the contract, who typed them if it is told."""
    import polars as pl

    names = TABLES[kind].noms
    empty = {name: pl.lit(None, pl.String) for name in names if name not in rows.columns}
    moment = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    signature = (
        dict(zip(SIGNATURE, (pl.lit(auteur), pl.lit(moment)), strict=True)) if auteur else {}
    )
    write_csv(path, rows.with_columns(**empty).select(*names, **signature))


def place_it(dossier: Dossier, kind: str, globs: Iterable[str], copy: Path) -> str:
    """Say what to write in `session.toml` for a copy to be read, when no pattern does."""
    patterns = ", ".join(f'"{glob}"' for glob in (*globs, f"donnees/{copy.name}"))
    return (
        f"session.toml ne lirait pas {copy.name} : dans [donnees], écrivez {kind} = [{patterns}], "
        f"puis copiez-y {within(dossier, copy)}."
    )


def put_aside(dossier: Dossier, path: Path) -> Path:
    """Move an input where nothing reads it, dated; return where it is."""
    target = _aside(dossier, path)
    put_in_place(path, target)
    return target


def keep_copy(dossier: Dossier, path: Path) -> Path:
    """Copy an input where nothing reads it, dated, before it is changed; return the copy."""
    target = _aside(dossier, path)
    with written_whole(target) as hidden:
        shutil.copyfile(path, hidden)
    return target


def _aside(dossier: Dossier, path: Path) -> Path:
    folder = dossier.racine / _RETIRES
    make_folder(folder)
    stamp = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    names = (f"{stamp}{'' if n == 1 else f'-{n}'}-{path.name}" for n in range(1, 1000))
    return next(folder / name for name in names if not (folder / name).exists())


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
