"""Where the SQL, the notebooks, the suites and the templates are, in a checkout and in a wheel."""

from functools import cache
from importlib.resources import files
from pathlib import Path

PACKAGE = Path(str(files("perequation")))

# In a checkout the top-level folders are the truth; in a wheel they travel under `_ressources`.
_FOLDERS = {
    "sql": "sql",
    "notebooks": "notebooks",
    "expectations": "expectations",
    "gabarits": "reports/gabarits",
}


@cache
def _folder(folder: str) -> Path:
    shipped = PACKAGE / "_ressources" / folder
    return shipped if shipped.is_dir() else PACKAGE.parents[1] / _FOLDERS[folder]


def ressource(folder: str, *parts: str) -> Path:
    """Return the path of a file or folder that comes with the package.

    Parameters
    ----------
    folder
        ``sql``, ``notebooks``, ``expectations`` or ``gabarits``.
    parts
        Path below that folder.
    """
    return _folder(folder).joinpath(*parts)
