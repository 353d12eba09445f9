"""What a session folder adds to the pack: its own notebooks (`carnets/`), its look (`gabarits/`)."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError

CARNETS, GABARITS = "carnets", "gabarits"
Diffusion = Literal["interne", "etablissement", "public"]
_LOGOS = {".svg": "image/svg+xml", ".png": "image/png"}
# A page is one file: a logo of several megabytes would be in each of them.
LOGO_MAXIMAL = 200_000


@dataclass(frozen=True)
class CarnetPropre:
    """A notebook of the session folder that becomes a page of the pack."""

    path: Path
    titre: str
    question: str
    par_specialite: bool
    niveau: Diffusion


def own_notebooks(dossier: Dossier) -> Iterator[CarnetPropre]:
    """Yield the notebooks of `carnets/`, by name.

    Its title and the question it answers are its first heading and first paragraph; it is run for
    each spécialité when its parameters hold `specialite`; `metadata.perequation.niveau` says how
    far it may go, `interne` when it says nothing.

    Raises
    ------
    ConfigurationError
        A notebook can't be read, or says a level that doesn't exist.
    """
    for path in sorted((dossier.racine / CARNETS).glob("*.ipynb")):
        yield _read_notebook(path)


def _read_notebook(path: Path) -> CarnetPropre:
    import nbformat

    try:
        notebook: Any = nbformat.read(path, as_version=4)
    except Exception as error:
        raise ConfigurationError(
            f"carnets/{path.name} n’est pas un carnet Jupyter lisible."
        ) from error
    said: dict[str, Any] = dict(notebook.metadata.get("perequation", {}))
    level = said.get("niveau", "interne")
    if level not in get_args(Diffusion):
        raise ConfigurationError(
            f"carnets/{path.name} : niveau « {level} » inconnu "
            f"(attendu : {', '.join(get_args(Diffusion))})."
        )
    title, question = _head(notebook)
    parameters = "".join(
        cell.source for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())
    )
    return CarnetPropre(
        path,
        str(said.get("titre") or title or path.stem),
        str(said.get("question") or question),
        "specialite" in parameters,
        level,
    )


def _head(notebook: Any) -> tuple[str, str]:
    """Return the first heading of a notebook and the first line of text under it."""
    lines = [
        line.strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.strip()
    ]
    title = next((line.lstrip("# ") for line in lines if line.startswith("#")), "")
    return title, next((line for line in lines if not line.startswith("#")), "")


@dataclass(frozen=True)
class Habillage:
    """The look of a service: its logo (a `data:` address), colours and a sentence of its own."""

    logo: str = ""
    style: str = ""
    mention: str = ""


def read_look(dossier: Dossier) -> Habillage:
    """Return what `gabarits/` adds to every page: `logo.svg` or `.png`, `style.css`, `mention.txt`.

    Raises
    ------
    ConfigurationError
        The logo is too large to be in each page, or the style closes its own element.
    """
    folder = dossier.racine / GABARITS
    style = _text(folder / "style.css")
    if "</" in style:
        raise ConfigurationError("gabarits/style.css contient « </ », qui n’est pas du CSS.")
    return Habillage(_logo(folder), style, _text(folder / "mention.txt").strip())


def _text(path: Path) -> str:
    if not path.is_file():
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"gabarits/{path.name} n’est pas en UTF-8.") from error


def _logo(folder: Path) -> str:
    for suffix, kind in _LOGOS.items():
        path = folder / f"logo{suffix}"
        if not path.is_file():
            continue
        content = path.read_bytes()
        if len(content) > LOGO_MAXIMAL:
            raise ConfigurationError(
                f"gabarits/{path.name} pèse {len(content) // 1000} ko ; "
                f"{LOGO_MAXIMAL // 1000} ko au plus, car il est dans chaque page."
            )
        return f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return ""
