"""What every view of the page shares: its root, its secrets, what is under way, how it answers."""

import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from perequation.bureau.guard import Secrets
from perequation.bureau.places import Places
from perequation.bureau.state import ONGLETS, Situations
from perequation.bureau.uploads import Uploads
from perequation.bureau.words import tell, tell_one
from perequation.bureau.work import Execution, Works
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.journal import open_run

#: A view shows; an action is given the form it was sent.
View = Callable[["Desk", Request], Awaitable[Response]]
Action = Callable[["Desk", Request, FormData], Awaitable[Response]]


@dataclass(frozen=True)
class Message:
    """What an action said: sentences, and whether it is a fault."""

    titre: str
    lignes: tuple[str, ...]
    est_faute: bool


@dataclass
class Desk:
    """One run of the page."""

    places: Places
    known: Secrets
    uploads: Uploads = field(default_factory=Uploads)
    works: Works = field(default_factory=Works)
    situations: Situations = field(default_factory=Situations)
    apercus: dict[str, Any] = field(default_factory=dict)
    auteur: str = ""
    stop: Callable[[], None] = lambda: None
    _messages: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    # One thing at a time: what the commands share in a process was made for one run.
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def open(self, nom: str) -> Dossier:
        """Open a session folder of the root."""
        return open_dossier(self.places.folder(nom))

    async def read(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function that reads, away from the loop."""

        def alone() -> Any:
            with self._turn:
                return function(*arguments)

        return await run_in_threadpool(alone)

    async def act(
        self, nom: str, commande: str, function: Callable[[Dossier], Iterable[str]], titre: str
    ) -> None:
        """Do something on a session folder as a command does, and keep what it says.

        What is told on the page may name candidates: nothing of it is logged.

        Raises
        ------
        PerequationError
            What the command would have said.
        """
        self.say(nom, titre, await self.do(nom, commande, function))

    async def do(
        self,
        nom: str,
        commande: str,
        function: Callable[[Dossier], Iterable[str]],
        *,
        est_journalise: bool = False,
    ) -> list[str]:
        """Do something on a session folder as a command does; return what it says.

        Logged only where the caller knows that it doesn't name candidates.
        """

        def run() -> list[str]:
            with open_run(self.open(nom), commande, silencieux=True) as journal:
                told = list(function(open_dossier(self.places.folder(nom))))
                for line in told if est_journalise else ():
                    journal.log("info", line)
                return told

        return await self.read(run)

    def sign(self, form: FormData) -> str:
        """Return who fills a form in, remembered for the next one."""
        self.auteur = " ".join(str(form.get("auteur", "")).split())[:120]
        return self.auteur

    def say(self, nom: str, titre: str, lines: Iterable[str], *, est_faute: bool = False) -> None:
        """Keep a message for the next page of a session."""
        self._messages[nom].append(Message(titre, tuple(tell(lines)), est_faute))

    def blame(self, nom: str, error: PerequationError) -> None:
        """Keep a fault for the next page of a session."""
        self.say(nom, error.message, error.details, est_faute=True)

    def has_messages(self, nom: str) -> bool:
        """Say whether something is kept for the next page of a session."""
        return bool(self._messages.get(nom))

    def take_messages(self, nom: str) -> list[Message]:
        """Return what was kept for a page: it is said once."""
        return self._messages.pop(nom, [])

    async def page(
        self, request: Request, gabarit: str, code: int = 200, **values: Any
    ) -> HTMLResponse:
        """Render a page of the whole: the list of sessions, or a tab of one."""
        nom = request.path_params.get("nom", "")
        values |= {
            "nom": nom,
            "formulaire": self.known.formulaire,
            "auteur": self.auteur,
            "documents": f"/documents/{self.known.documents}/{nom}",
            "onglets": ONGLETS,
            "messages": [*self.take_messages(nom), *values.pop("fautes_de_page", [])],
            "execution": self.works.last(nom),
            "est_nouvelle": self.works.is_news(nom),
            "paroles": _said,
            "en_mots": tell_one,
        }
        if nom and "situation" not in values:
            folder = self.places.folder(nom)
            values["situation"] = await self.read(self.situations.read, folder)
        return HTMLResponse(_templates().get_template(gabarit).render(values), code)

    def fragment(self, gabarit: str, **values: Any) -> str:
        """Render a part of a page."""
        return _templates().get_template(gabarit).render(values)


def _said(execution: Execution) -> list[str]:
    """Return what a command said, for the page."""
    return list(tell(execution.lignes))


def back(nom: str, onglet: str) -> RedirectResponse:
    """Send the browser to a tab, once something was done."""
    return RedirectResponse(f"/s/{nom}/{onglet}", 303)


def require_idle(desk: Desk, nom: str) -> None:
    """Stop when a command is under way on a session: a second one would be lost.

    Raises
    ------
    ConfigurationError
        It says which one.
    """
    current = desk.works.last(nom)
    if current is not None and current.en_cours:
        raise ConfigurationError(
            f"« {current.titre} » est en cours : attendez sa fin, ou annulez. Rien d’autre n’est lancé."
        )


def session_of(request: Request) -> str:
    """Return the session a request is about."""
    return str(request.path_params["nom"])


@cache
def _templates() -> Environment:
    from perequation.socle import formats

    environment = Environment(
        loader=PackageLoader("perequation.bureau", "gabarits"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ours: dict[str, Callable[..., Any]] = {
        "note": formats.format_mark,
        "ecart": formats.format_gap,
        "taille": _size,
        "nombre": formats.format_integer,
        "compte": formats.format_count,
    }
    environment.filters.update(ours)
    return environment


def _size(octets: int) -> str:
    from perequation.socle.formats import format_integer

    return f"{format_integer(max(1, octets // 1024))} Ko"


def static_folder() -> Path:
    """Return the folder of what pages are made with: style, scripts."""
    return Path(__file__).parent / "statique"
