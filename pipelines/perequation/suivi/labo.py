"""`perequation labo`: JupyterLab on copies of the notebooks, with a session's warehouse."""

import ast
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import open_read_only
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.extras import require_extra
from perequation.socle.fichiers import make_folder, make_private, write_whole
from perequation.socle.manifeste import moment
from perequation.socle.ressources import ressource

# The session folder, from where its notebooks run: it may be copied or moved with them.
RACINE = "../.."
_MARK = "perequation"
# JupyterLab's own settings: kept with the workshop, so that those of the account stay as they are.
_REGLAGES = ".reglages"
_LANGUE = "@jupyterlab/translation-extension/plugin.jupyterlab-settings"
_PORTS_ESSAYES = 50
# Seconds left to the server to save and to stop its kernels.
_PATIENCE = 10
# A killed command can't end its server: the system does (on Linux), gently, as it has kernels.
_SERVEUR = """\
import signal

from jupyterlab.labapp import main

from perequation.socle.processus import die_with_parent

die_with_parent(signal.SIGTERM)
main()
"""
_PUBLICATION = (
    "from perequation.suivi.labo import tell_publication\n\nprint(tell_publication(dossier))"
)


def prepare_labo(dossier: Dossier) -> Path:
    """Copy the notebooks where a statistician may change them, set to this session.

    Returns
    -------
    pathlib.Path
        The folder `sortie/labo`. A copy nobody changed is made again; one that was changed is left
        as it is.

    Raises
    ------
    MissingInputError
        The session has no results yet.
    ConfigurationError
        A changed notebook reads another session folder than this one.
    """
    open_read_only(dossier.entrepot).close()
    atelier = make_folder(dossier.sortie / "labo")
    for carnet in sorted(ressource("notebooks").glob("*.ipynb")):
        copie = atelier / carnet.name
        if _is_of_a_session(carnet) and (not copie.exists() or _is_ours(copie)):
            _copy_for(dossier, carnet, copie)
    _refuse_strangers(dossier, atelier)
    return atelier


def tell_publication(dossier: str) -> str:
    """Say which publication a notebook reads: the folder, the session, when it was published."""
    opened = open_dossier(dossier)
    return (
        f"{opened.configuration.session.titre} : résultats publiés le {moment(opened.entrepot)}, "
        f"dans {opened.racine.name}/sortie."
    )


def _is_of_a_session(carnet: Path) -> bool:
    """Say whether a notebook reads one session folder: the panorama reads a campaign's."""
    from papermill.inspection import inspect_notebook

    return "dossier" in inspect_notebook(str(carnet))


def _copy_for(dossier: Dossier, carnet: Path, copie: Path) -> None:
    """Copy one notebook with its parameters set to the session, as Papermill would inject them."""
    import nbformat
    from papermill.inspection import inspect_notebook
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    session = dossier.configuration.session
    valeurs: dict[str, Any] = {
        "dossier": RACINE,
        "session": session.annee,
        "specialite": session.specialites[0],
    }
    known = inspect_notebook(str(carnet))
    notebook: Any = parameterize_notebook(
        load_notebook_node(str(carnet)),
        {nom: valeur for nom, valeur in valeurs.items() if nom in known},
    )
    place = next(i for i, cell in enumerate(notebook.cells) if _is_injected(cell)) + 1
    said: Any = nbformat.v4.new_code_cell(_PUBLICATION, id="publication-lue")  # pyright: ignore
    notebook.cells.insert(place, said)
    notebook.metadata[_MARK] = {"sources": _hash_sources(notebook)}
    write_whole(copie, nbformat.writes(notebook))


def _is_injected(cell: Any) -> bool:
    return "injected-parameters" in cell.metadata.get("tags", [])


def _hash_sources(notebook: Any) -> str:
    text = "\0".join(cell.source for cell in notebook.cells)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(copie: Path) -> Any:
    """Return a notebook, or nothing when it can't be read as one."""
    import nbformat

    try:
        return nbformat.read(copie, as_version=4)
    except Exception:  # noqa: BLE001 (theirs: whatever it is, it is left as it is)
        return None


def _is_ours(copie: Path) -> bool:
    """Say whether nobody changed a copy since it was made; running it changes nothing."""
    notebook = _read(copie)
    mark = notebook.metadata.get(_MARK, {}) if notebook is not None else {}
    return bool(mark) and mark.get("sources") == _hash_sources(notebook)


def _refuse_strangers(dossier: Dossier, atelier: Path) -> None:
    """Stop when a notebook kept as it was reads the results of another folder."""
    others = [
        f"{copie.name} lit « {ou} »"
        for copie in sorted(atelier.glob("*.ipynb"))
        for ou in _folders_read(copie)
        if (atelier / ou).resolve() != dossier.racine
    ]
    if others:
        raise ConfigurationError(
            "Des carnets modifiés de sortie/labo lisent un autre dossier de session que celui-ci. "
            f'Écrivez-y dossier = "{RACINE}", ou renommez-les hors de sortie/labo.',
            others,
        )


def _folders_read(copie: Path) -> Iterator[str]:
    """Yield each session folder a notebook's cells name (`dossier = "…"`)."""
    notebook = _read(copie)
    for cell in notebook.cells if notebook is not None else ():
        if cell.cell_type != "code":
            continue
        try:
            lines = ast.parse(cell.source).body
        except SyntaxError:
            continue
        for line in lines:
            named = isinstance(line, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "dossier" for target in line.targets
            )
            if named and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str):  # pyright: ignore
                yield line.value.value  # pyright: ignore


def open_labo(path: Path | None, *, port: int, navigateur: bool) -> None:
    """Start JupyterLab, on this machine only, and wait until it stops; it stops with the command.

    Raises
    ------
    ConfigurationError
        No folder was given, or JupyterLab is not installed.
    """
    if path is None:
        raise ConfigurationError("Indiquez le dossier de session : perequation labo DOSSIER")
    require_extra("labo")
    atelier = prepare_labo(open_dossier(path))
    free, token = _free_port(port), secrets.token_urlsafe(24)
    print(f"JupyterLab : http://127.0.0.1:{free}/lab?token={token}")  # noqa: T201
    print("Ctrl-C l'arrête.", flush=True)  # noqa: T201
    code = _run(_command(atelier, free, navigateur=navigateur), atelier, token)
    for copie in atelier.rglob("*"):
        make_private(copie)
    if code > 0:
        raise PerequationError(f"JupyterLab s'est arrêté avec le code {code}.")


def _free_port(first: int) -> int:
    """Return the first free port from one on: JupyterLab would say in English that it is taken."""
    for port in range(first, min(first + _PORTS_ESSAYES, 65536)):
        with socket.socket() as tried:
            # As the server will: a port just left is free.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ConfigurationError(
        f"Aucun port libre à partir de {first} : donnez-en un autre, labo DOSSIER --port N."
    )


def _command(atelier: Path, port: int, *, navigateur: bool) -> list[str]:
    commande = [
        sys.executable,
        "-c",
        _SERVEUR,
        f"--notebook-dir={atelier}",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--log-level=ERROR",
        "--ip=127.0.0.1",
        "--ServerApp.allow_remote_access=False",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if getattr(os, "geteuid", lambda: 1)() == 0:
        # Jupyter refuses to run as root unless told; it only listens to this machine here.
        commande.append("--allow-root")
    if not navigateur:
        commande.append("--no-browser")
    return commande


def _speak_french(atelier: Path) -> Path:
    """Return the folder of JupyterLab's settings, in French unless its user chose otherwise."""
    reglages = atelier / _REGLAGES
    langue = reglages / _LANGUE
    if not langue.exists():
        make_folder(langue.parent)
        write_whole(langue, json.dumps({"locale": "fr_FR"}))
    return reglages


def _run(commande: list[str], atelier: Path, token: str) -> int:
    """Run a server until it stops or this process is told to; return its code.

    No setting of the account is read: one could take the token away, or listen to the network.
    """
    environment = {
        **os.environ,
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_TOKEN": token,
        "JUPYTERLAB_SETTINGS_DIR": str(_speak_french(atelier)),
    }
    server = subprocess.Popen(commande, env=environment, start_new_session=True)

    def stop(*_: object) -> None:
        server.terminate()

    told = [getattr(signal, n) for n in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, n)]
    before = {number: signal.signal(number, stop) for number in told}
    try:
        return server.wait()
    finally:
        _end(server)
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(server: "subprocess.Popen[bytes]") -> None:
    """Make sure nothing of a server is left: it, then its kernels."""
    try:
        server.terminate()
        server.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
