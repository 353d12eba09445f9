"""Files dropped on the page: bounded in number, size and kind, kept apart until someone files them."""

import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import UploadFile

from perequation.bureau.places import safe_name
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.formats import format_integer

#: Files of one drop, bytes of one request; a session's `[bornes]` may ask for less.
NOMBRE, OCTETS = 200, 512 << 20
_TEXTS = {".csv", ".tsv", ".txt"}
_ZIPPED = {".xlsx", ".xlsm", ".ods"}
SORTES = tuple(sorted(_TEXTS | _ZIPPED | {".xls"}))
# What begins a file that is no table, whatever its name says.
_STRANGERS = (b"MZ", b"\x7fELF", b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"#!", b"Rar!")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Waiting:
    """A file received, kept apart.

    Attributes
    ----------
    cle
        What a form calls it; it can't be guessed.
    session
        The session folder it was dropped for.
    chemin
        Where it is, under its own name.
    """

    cle: str
    session: str
    chemin: Path


class Uploads:
    """Files received in this run of the page, in a private folder that goes with it."""

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="perequation-bureau-")
        self._kept: dict[str, Waiting] = {}

    @property
    def folder(self) -> Path:
        """Where they are."""
        return Path(self._temporary.name)

    async def receive(self, session: str, sent: UploadFile, most: int) -> Waiting:
        """Keep a file apart.

        Raises
        ------
        ConfigurationError
            It is too large, empty, or no table.
        """
        name = safe_name(sent.filename or "")
        if Path(name).suffix.lower() not in SORTES:
            raise ConfigurationError(
                f"« {name} » n’est pas une sorte de fichier que le bureau lit ({', '.join(SORTES)})."
            )
        key = secrets.token_urlsafe(12)
        path = self.folder / key / name
        path.parent.mkdir(mode=0o700)
        try:
            await _copy(sent, path, most)
            _require_table(path)
        except ConfigurationError:
            shutil.rmtree(path.parent)
            raise
        self._kept[key] = Waiting(key, session, path)
        return self._kept[key]

    def get(self, session: str, key: str) -> Waiting:
        """Return a file received for a session.

        Raises
        ------
        ConfigurationError
            There is none: it was filed or thrown away, or the page was started again.
        """
        kept = self._kept.get(key)
        if kept is None or kept.session != session:
            raise ConfigurationError("Ce fichier n’est plus en attente : déposez-le à nouveau.")
        return kept

    def waiting(self, session: str) -> list[Waiting]:
        """Return the files received for a session and not filed yet."""
        return [kept for kept in self._kept.values() if kept.session == session]

    def forget(self, depot: Waiting) -> None:
        """Throw a file received away."""
        self._kept.pop(depot.cle, None)
        shutil.rmtree(depot.chemin.parent, ignore_errors=True)

    def close(self) -> None:
        """Throw everything away."""
        self._temporary.cleanup()


async def _copy(sent: UploadFile, path: Path, most: int) -> None:
    size = 0
    with path.open("xb") as written:
        while piece := await sent.read(1 << 20):
            size += len(piece)
            if size > most:
                raise ConfigurationError(
                    f"« {path.name} » dépasse {format_integer(most >> 20)} Mo, la borne de la "
                    "session ([bornes] taille_mo)."
                )
            written.write(piece)
    if not size:
        raise ConfigurationError(f"« {path.name} » est vide.")


def _require_table(path: Path) -> None:
    """Stop when a file begins as something else than what its name says."""
    with path.open("rb") as opened:
        start = opened.read(512)
    suffix = path.suffix.lower()
    is_other = start.startswith(_STRANGERS)
    if suffix in _TEXTS:
        is_other |= start.startswith((_ZIP, _OLE))
    if suffix in _ZIPPED:
        # A workbook saved under another name is read all the same; a web page is not one of these.
        is_other |= not start.startswith((_ZIP, _OLE))
    if is_other:
        raise ConfigurationError(
            f"« {path.name} » n’est pas une table : son contenu n’est pas celui d’un fichier {suffix}."
        )
