"""The addresses of the page, and what answers each."""

import mimetypes
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from perequation.bureau import guard, uploads
from perequation.bureau.desk import Action, Desk, View, back, static_folder
from perequation.socle.erreurs import MissingInputError, PerequationError
from perequation.socle.monde import tell_refusal

_FIELDS = 6000
_TAB = "/s/{nom}/"


def make_application(desk: Desk) -> Starlette:
    """Return what answers the browser."""

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncGenerator[None]:
        yield
        desk.works.close()
        desk.uploads.close()

    middleware = [Middleware(guard.Guard, known=desk.known, most=uploads.OCTETS)]

    async def fail(_: Request, error: Exception) -> Response:
        said = InternalFaultError(
            f"Faute interne ({type(error).__name__}) : rien n’est à moitié écrit. Signalez-la, avec ce "
            "que dit la fenêtre d’où le bureau a été lancé."
        )
        return HTMLResponse(_told(desk, said), 500)

    return Starlette(
        routes=_routes(desk),
        middleware=middleware,
        lifespan=life,
        exception_handlers={Exception: fail},
    )


class InternalFaultError(PerequationError):
    """A fault of ours, told as such."""


def _told(desk: Desk, fault: PerequationError) -> str:
    return desk.fragment("erreur.html.j2", faute=fault, formulaire=desk.known.formulaire)


#: Each tab: what it shows is `show`, and each of its forms is named after what does it.
_TABS = {
    "reglages": {"": "save", "/texte": "save_text"},
    "fichiers": {
        "/depot": "receive",
        "/ranger": "file",
        "/tout-ranger": "file_ready",
        "/jeter": "throw",
        "/profil": "complete",
        "/retirer": "withdraw",
    },
    "ccf": {"/modeles": "make", "/depot": "receive", "/retours": "sheets"},
    "reunion": {
        "/preparer": "prepare",
        "/consequences": "consequences",
        "/decider": "decide",
        "/depot": "receive",
        "/proposer": "propose",
        "/signer": "sign",
        "/compte-rendu": "minutes",
    },
    "jury": {
        "/preparer": "prepare",
        "/decider": "decide",
        "/depot": "receive",
        "/proces-verbal": "minutes",
    },
    "controle": {"/modeles": "make"},
    "resultats": {"/editer": "publish", "/zip": "pack"},
}


def _routes(desk: Desk) -> list[BaseRoute]:
    return [
        Route("/statique/{fichier}", _static),
        Route("/documents/{secret}/{nom}/{chemin:path}", _document(desk)),
        _show(desk, "/", "sessions.show"),
        _do(desk, "/sessions", "sessions.create"),
        _do(desk, "/fermer", "sessions.close"),
        *(route for onglet, actions in _TABS.items() for route in _tab(desk, onglet, actions)),
        _show(desk, _TAB + "fichiers/apercu", "fichiers.look"),
        _show(desk, _TAB + "execution", "suivi.progress"),
        _do(desk, _TAB + "executer", "suivi.run"),
        _do(desk, _TAB + "annuler", "suivi.cancel"),
        _do(desk, _TAB + "lu", "suivi.dismiss"),
        _show(desk, "/s/{nom}", "suivi.enter"),
    ]


def _tab(desk: Desk, onglet: str, actions: dict[str, str]) -> list[BaseRoute]:
    path = _TAB + onglet
    return [
        _show(desk, path, f"{onglet}.show"),
        *(_do(desk, path + end, f"{onglet}.{name}", onglet) for end, name in actions.items()),
    ]


async def load(name: str) -> Any:
    """Return a view by its name; what it needs is only imported once it is asked for."""
    module, function = name.split(".")
    path = f"perequation.bureau.views.{module}"
    return getattr(await run_in_threadpool(import_module, path), function)


def _show(desk: Desk, path: str, name: str) -> Route:
    """Route what only reads."""

    async def answer(request: Request) -> Response:
        view: View = await load(name)
        return await _safely(desk, lambda: view(desk, request))

    return Route(path, answer, methods=["GET"], name=name)


def _do(desk: Desk, path: str, name: str, onglet: str = "") -> Route:
    """Route what changes something: only from a form of ours; a fault goes back to its tab."""

    async def answer(request: Request) -> Response:
        async with request.form(max_files=uploads.NOMBRE, max_fields=_FIELDS) as form:
            if not guard.is_ours(desk.known, form):
                return HTMLResponse("Refusé : ce formulaire n’est pas de cette page.", 403)
            try:
                action: Action = await load(name)
                return await action(desk, request, form)
            except PerequationError as error:
                fault = error
        nom = request.path_params.get("nom", "")
        if nom and nom not in set(desk.places.names()):
            return await _safely(desk, _raise(fault))
        desk.blame(nom, fault)
        return back(nom, onglet or "fichiers") if nom else RedirectResponse("/", 303)

    async def guarded(request: Request) -> Response:
        return await _safely(desk, lambda: answer(request))

    return Route(path, guarded, methods=["POST"], name=name)


def _raise(error: Exception) -> Callable[[], Awaitable[Response]]:
    async def fail() -> Response:
        raise error

    return fail


async def _safely(desk: Desk, answer: Callable[[], Awaitable[Response]]) -> Response:
    """Tell in French what can't be shown, never a trace."""
    try:
        return await answer()
    except PerequationError as error:
        fault = error
    except OSError as error:
        refusal = tell_refusal(error)
        if refusal is None:
            raise
        fault = refusal
    code = 404 if isinstance(fault, MissingInputError) else 409
    return HTMLResponse(_told(desk, fault), code)


async def _static(request: Request) -> Response:
    fichier = request.path_params["fichier"]
    known = {path.name: path for path in static_folder().iterdir()}
    if fichier not in known:
        return HTMLResponse("", 404)
    return FileResponse(known[fichier])


def _document(desk: Desk) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        import hmac

        given = request.path_params
        if not hmac.compare_digest(given["secret"].encode(), desk.known.documents.encode()):
            return HTMLResponse("Refusé.", 403)
        try:
            path = desk.places.document(given["nom"], given["chemin"])
        except PerequationError as error:
            return HTMLResponse(error.message, 404)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        shown = path.suffix in {".html", ".pdf"}
        return FileResponse(
            path,
            media_type=kind,
            filename=path.name,
            content_disposition_type="inline" if shown else "attachment",
        )

    return answer
