"""`perequation bureau`: serve the page to the browser of this machine, until it is closed."""

import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import uvicorn

from perequation.bureau.application import make_application
from perequation.bureau.desk import Desk
from perequation.bureau.guard import Secrets
from perequation.bureau.places import Places

_TICK = 1.0
_HEAVY = ("harmonisation.reunion", "ingestion", "jury", "suivi.calendrier", "suivi.etat")


def open_bureau(
    racine: Path,
    *,
    port: int = 0,
    browser: bool = True,
    minutes: float = 60,
    ready: Callable[[Desk], None] | None = None,
) -> None:
    """Serve the page on 127.0.0.1 until it is closed, or nobody asks for anything any more.

    Parameters
    ----------
    racine
        The folder of the session folders; made when missing.
    port
        0 takes a free one.
    browser
        Open the browser on the page.
    minutes
        Without a request, and with nothing under way, it stops.
    ready
        Told once the page answers.
    """
    places = Places(racine)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", port))
        listening.listen(64)
        desk = Desk(places, Secrets(listening.getsockname()[1]))
        server = _server(desk)
        desk.stop = lambda: setattr(server, "should_exit", True)
        threading.Thread(
            target=_watch, args=(server, desk, minutes * 60), daemon=True, name="inactivite"
        ).start()
        threading.Thread(
            target=_open, args=(server, desk, browser, ready), daemon=True, name="ouverture"
        ).start()
        server.run(sockets=[listening])
    click.echo("Le bureau est fermé.")


def _server(desk: Desk) -> uvicorn.Server:
    settings = uvicorn.Config(
        make_application(desk),
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="on",
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(settings)


def _open(
    server: uvicorn.Server, desk: Desk, browser: bool, ready: Callable[[Desk], None] | None
) -> None:
    """Once the page answers, say its address, open the browser, and load what views will need."""
    while not server.started:
        if server.should_exit:
            return
        time.sleep(0.01)
    click.echo(f"Le bureau est ouvert : {desk.known.adresse}")
    click.echo("Cette adresse n’est que pour vous. Pour fermer : le bouton « Fermer », ou Ctrl-C.")
    if ready is not None:
        ready(desk)
    if browser:
        webbrowser.open(desk.known.adresse)
    _warm()


def _warm() -> None:
    """Load what the steps of a session will need, once the first page is there."""
    time.sleep(_TICK)
    for name in _HEAVY:
        import_module(f"perequation.{name}")


def _watch(server: uvicorn.Server, desk: Desk, seconds: float) -> None:
    """Stop when nobody asks for anything any more, and nothing is under way."""
    while not server.should_exit:
        time.sleep(min(_TICK, seconds / 4))
        if desk.works.busy:
            desk.known.derniere = time.monotonic()
        elif time.monotonic() - desk.known.derniere > seconds:
            server.should_exit = True
