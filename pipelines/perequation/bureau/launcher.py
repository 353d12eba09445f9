"""`perequation bureau --raccourci`: a file to double-click, for each kind of desktop."""

import os
import shlex
import sys
from pathlib import Path

from perequation.socle.fichiers import write_whole


def write_launcher(racine: Path, target: Path | None = None, system: str = sys.platform) -> Path:
    """Write a file that opens the page on a root when it is double-clicked.

    Parameters
    ----------
    racine
        The folder of the session folders.
    target
        Where to write it; the desktop when there is one, else the root.
    system
        As `sys.platform`.

    Returns
    -------
    pathlib.Path
        The launcher.
    """
    folder = target or _desktop() or racine
    command = [sys.executable, "-m", "perequation", "bureau", str(racine.resolve())]
    if system.startswith("win"):
        name, text = "Péréquation.bat", _bat(command)
    elif system == "darwin":
        name, text = "Péréquation.command", f"#!/bin/sh\nexec {shlex.join(command)}\n"
    else:
        name, text = "perequation-bureau.desktop", _desktop_entry(command)
    path = folder / name
    write_whole(path, text)
    path.chmod(0o700)
    return path


def _bat(command: list[str]) -> str:
    # `%` is doubled, and quotes can't be in a path of Windows.
    words = " ".join(f'"{word.replace("%", "%%")}"' for word in command)
    return f"@echo off\r\nchcp 65001 >nul\r\n{words}\r\nif errorlevel 1 pause\r\n"


def _desktop_entry(command: list[str]) -> str:
    def quoted(word: str) -> str:
        kept = word.replace("\\", "\\\\\\\\").replace("%", "%%")
        for sign in '"`$':
            kept = kept.replace(sign, f"\\\\{sign}")
        return f'"{kept}"'

    return (
        "[Desktop Entry]\nType=Application\nName=Péréquation\n"
        "Comment=Les sessions d’examen, sans ligne de commande\n"
        f"Exec={' '.join(map(quoted, command))}\nTerminal=true\nCategories=Office;Education;\n"
    )


def _desktop() -> Path | None:
    """Return the desktop of this account, under the names it has in French and English."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (no error when there is no home)
    return next((p for n in ("Bureau", "Desktop") if (p := home / n).is_dir()), None)
