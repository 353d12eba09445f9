"""Where the SQL, the notebooks, the suites and the templates are, in a checkout and in a wheel."""

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]

# In a checkout the top-level folders are the truth; in a wheel they travel under `_ressources`.
_FOLDERS = {
    "sql": "sql",
    "notebooks": "notebooks",
    "expectations": "expectations",
    "gabarits": "reports/gabarits",
}


@cache
def _root() -> Path | None:
    checkout = PACKAGE.parent.parent
    return checkout if (checkout / "pyproject.toml").is_file() else None


def ressource(folder: str, *parts: str) -> Path:
    """Return the path of a file or folder that comes with the package.

    Parameters
    ----------
    folder
        ``sql``, ``notebooks``, ``expectations`` or ``gabarits``.
    parts
        Path below that folder.
    """
    root = _root()
    base = root / _FOLDERS[folder] if root else PACKAGE / "_ressources" / folder
    return base.joinpath(*parts)
