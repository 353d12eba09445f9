"""`perequation labo`: JupyterLab on copies of the notebooks, with a session's warehouse."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import open_read_only
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.ressources import ressource


def prepare_labo(dossier: Dossier) -> Path:
    """Copy the notebooks where a statistician may change them, set to this session.

    Returns
    -------
    pathlib.Path
        The folder `sortie/labo`. A notebook already there is left as it is.

    Raises
    ------
    MissingInputError
        The session has no results yet.
    """
    open_read_only(dossier.entrepot).close()
    atelier = dossier.sortie / "labo"
    atelier.mkdir(parents=True, exist_ok=True)
    for carnet in sorted(ressource("notebooks").glob("*.ipynb")):
        copie = atelier / carnet.name
        if not copie.exists():
            _copy_for(dossier, carnet, copie)
    return atelier


def _copy_for(dossier: Dossier, carnet: Path, copie: Path) -> None:
    """Copy one notebook with its parameters set to the session, as Papermill would inject them."""
    import nbformat
    from papermill.inspection import inspect_notebook
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    session = dossier.configuration.session
    valeurs: dict[str, Any] = {
        "dossier": str(dossier.racine),
        "session": session.annee,
        "specialite": session.specialites[0],
    }
    connus = inspect_notebook(str(carnet))
    notebook = load_notebook_node(str(carnet))
    parametres = {nom: valeur for nom, valeur in valeurs.items() if nom in connus}
    nbformat.write(parameterize_notebook(notebook, parametres), copie)


def open_labo(path: Path | None, *, port: int, navigateur: bool) -> None:
    """Start JupyterLab, on this machine only, and wait until it stops.

    Raises
    ------
    ConfigurationError
        No folder was given, or JupyterLab is not installed.
    """
    if path is None:
        raise ConfigurationError("Indiquez le dossier de session : perequation labo DOSSIER")
    if find_spec("jupyterlab") is None:
        raise ConfigurationError(
            "La commande labo demande JupyterLab : pip install 'perequation[labo]'."
        )
    atelier = prepare_labo(open_dossier(path))
    commande = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--notebook-dir={atelier}",
        f"--port={port}",
        "--ip=127.0.0.1",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if getattr(os, "geteuid", lambda: 1)() == 0:
        # Jupyter refuses to run as root unless told; it only listens to this machine here.
        commande.append("--allow-root")
    if not navigateur:
        commande.append("--no-browser")
    code = subprocess.run(commande, check=False).returncode
    if code:
        raise PerequationError(f"JupyterLab s'est arrêté avec le code {code}.")
