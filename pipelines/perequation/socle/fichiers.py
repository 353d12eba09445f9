"""How a file is written: whole or not at all, its owner's alone, never through a link.

Every file of `sortie/` goes through `written_whole`; every folder there through `make_folder`.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.formats import join_words

if TYPE_CHECKING:
    import polars as pl

# Results name people: whatever the umask, they are for who made them.
FILE_MODE, FOLDER_MODE = 0o600, 0o700
# The group that may read them, when a setting names one.
_partage: list[int] = []
# Work in progress: hidden, unguessable, swept at the next start.
WORK = ".perequation-"
# A cell that a spreadsheet would take for a formula (the wide forms too), but a plain number.
_FORMULA = r"^[=+\-@\t\r＝＋－＠]"
_NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)?$"


@contextmanager
def written_whole(path: Path) -> Generator[Path]:
    """Give a hidden file to write beside `path`; put it in its place once it is whole and on disk.

    Parameters
    ----------
    path
        Where the file will be; its folder is made when missing.

    Yields
    ------
    pathlib.Path
        An empty file with nobody else's permissions. When the block fails it is removed, and what
        was at `path` is still there.
    """
    make_folder(path.parent)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=WORK)
    hidden = Path(name)
    try:
        os.close(number)
        yield hidden
        make_private(hidden)
        sync(hidden)
        hidden.replace(path)
    except BaseException as error:
        with suppress(OSError):
            hidden.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in {name, hidden}:
            error.filename, error.filename2 = str(path), None
        raise
    sync(path.parent)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a text (UTF-8) or bytes so that the file is there whole or not at all."""
    with written_whole(path) as hidden:
        hidden.write_bytes(content.encode() if isinstance(content, str) else content)


def put_in_place(source: Path, target: Path) -> None:
    """Move a finished file to its final name, once its content is on disk."""
    make_private(source)
    sync(source)
    source.replace(target)
    sync(target.parent)


def make_folder(path: Path) -> Path:
    """Make a folder and those above it that are missing, for their owner alone; return it."""
    missing = [path, *path.parents]
    for folder in reversed([p for p in missing if not p.exists()]):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        make_private(folder)
    # A link that leads nowhere, or a file of that name: the disk says which.
    path.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return path


def make_private(path: Path) -> None:
    """Leave a file or a folder to its owner alone, whatever the umask, or to its group to read.

    A disk that has no permissions (a USB key, some shares) keeps its own.
    """
    with suppress(OSError):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return
        alone = FOLDER_MODE if stat.S_ISDIR(mode) else FILE_MODE
        if _partage:
            os.chown(path, -1, _partage[0])
            # The group reads what the owner does, and writes nothing.
            alone |= 0o050 if stat.S_ISDIR(mode) else 0o040
        path.chmod(alone)


def share_with(groupe: str) -> None:
    """Let a group of accounts read what is written from now on; nobody when it is empty.

    Raises
    ------
    ConfigurationError
        This machine has no such group, or this account can't give files to it.
    """
    _partage.clear()
    if not groupe:
        return
    try:
        import grp

        number = grp.getgrnam(groupe).gr_gid
    except (ImportError, KeyError) as error:
        raise ConfigurationError(
            f"acces.groupe : le groupe « {groupe} » n'existe pas sur cette machine."
        ) from error
    if os.geteuid() != 0 and number not in {os.getgid(), *os.getgroups()}:
        raise ConfigurationError(
            f"acces.groupe : ce compte n'est pas du groupe « {groupe} », il ne peut rien lui donner."
        )
    _partage.append(number)


def make_all_private(folder: Path) -> None:
    """Leave a folder and everything below it to its owner, or to its group to read."""
    make_private(folder)
    for path in folder.rglob("*"):
        make_private(path)


def list_visible(folder: Path, motif: str) -> list[Path]:
    """Return the finished files of a folder: neither ours under way, nor what keeps a workbook open."""
    return sorted(p for p in folder.glob(motif) if not p.name.startswith((".", "~$")))


def sync(path: Path) -> None:
    """Have the disk write what it holds of a file, or of the names in a folder."""
    is_folder = path.is_dir()
    if is_folder and os.name == "nt":
        return
    number = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(number)
    except OSError:
        # Some shares can't synchronise a folder; the file itself must be on disk.
        if not is_folder:
            raise
    finally:
        os.close(number)


@contextmanager
def work_folder(parent: Path) -> Generator[Path]:
    """Give an empty folder of ours inside `parent`, gone when the block ends."""
    make_folder(parent)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=WORK))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove the work that a run killed on its way left in a folder and below.

    Only for who holds the session folder: nobody else works there.
    """
    for left in [*folder.rglob(f"{WORK}*")]:
        remove(left)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, whatever it is; nothing is there afterwards."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_csv(path: Path, rows: "pl.DataFrame") -> None:
    """Write rows as the CSV offices open (UTF-8 with BOM, `;`), whole or not at all.

    What an establishment wrote is shown, never run: a text that a spreadsheet would take for a
    formula gets an apostrophe before it, as in a spreadsheet's own cells. Lists are one text, their
    values between bars, as in the files received.
    """
    with written_whole(path) as hidden:
        _without_formulas(_without_lists(rows)).write_csv(hidden, include_bom=True, separator=";")


def _without_lists(rows: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl
    import polars.selectors as cs

    return rows.with_columns(cs.list().cast(pl.List(pl.String)).list.join("|"))


def _without_formulas(rows: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    text = pl.col(pl.String)
    is_harmless = ~text.str.contains(_FORMULA) | text.str.contains(_NUMBER)
    return rows.with_columns(pl.when(is_harmless).then(text).otherwise(pl.lit("'") + text))


def refuse_to_overwrite(dossier: Dossier, paths: Iterable[Path], remede: str) -> None:
    """Stop when a file to prepare is there already: what may have been written in it is never lost.

    Parameters
    ----------
    dossier
        The session folder.
    paths
        The files about to be written.
    remede
        What the user does to have them all the same, a sentence.

    Raises
    ------
    ConfigurationError
        One of them is there, and may have been filled in.
    """
    existants = [path for path in paths if path.is_file()]
    if existants:
        noms = join_words((path.name for path in existants), 4)
        ou = within(dossier, existants[0].parent)
        raise ConfigurationError(f"Déjà préparé, et peut-être rempli : {noms} dans {ou}. {remede}")


def within(dossier: Dossier, path: Path) -> Path:
    """Return a path as it is told: relative to the session folder when it is in it."""
    return path.relative_to(dossier.racine) if path.is_relative_to(dossier.racine) else path
