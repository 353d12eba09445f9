"""A run of the session: started, followed, cancelled."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from perequation.bureau.desk import Desk, back, require_idle, session_of
from perequation.bureau.state import ONGLETS
from perequation.bureau.words import tell
from perequation.socle.erreurs import ConfigurationError


async def enter(desk: Desk, request: Request) -> Response:
    """Go to the tab where there is something to do."""
    nom = session_of(request)
    situation = await desk.read(desk.situations.read, desk.places.folder(nom))
    first = next((code for code, _ in ONGLETS if code not in situation.faits), "resultats")
    return RedirectResponse(f"/s/{nom}/{first}", 303)


async def run(desk: Desk, request: Request, form: FormData) -> Response:
    """Do everything: from the files to the reports."""
    nom = session_of(request)
    desk.open(nom)
    try:
        require_idle(desk, nom)
    except ConfigurationError as error:
        desk.blame(nom, error)
        return back(nom, _tab_of(form))
    folder = desk.places.folder(nom)
    situation = await desk.read(desk.situations.read, folder)
    again = ["--refaire"] if situation.est_a_refaire else []
    desk.works.start(nom, folder, "Calcul de la session", "executer", *again)
    return back(nom, _tab_of(form))


async def cancel(desk: Desk, request: Request, form: FormData) -> Response:
    """Interrupt what is under way."""
    nom = session_of(request)
    desk.works.cancel(nom)
    return back(nom, _tab_of(form))


async def dismiss(desk: Desk, request: Request, form: FormData) -> Response:
    """Put the outcome of the last run away."""
    nom = session_of(request)
    desk.works.forget(nom)
    return back(nom, _tab_of(form))


async def progress(desk: Desk, request: Request) -> Response:
    """Say how far a run is; nothing when nothing moved; once it has ended, stop asking.

    The last answer takes the place of what asks every second: a page that takes longer than that to
    come must not be asked for again and again.
    """
    nom = session_of(request)
    current = desk.works.last(nom)
    if current is None or not current.en_cours:
        ended = desk.fragment("fini.html.j2", nom=nom)
        return HTMLResponse(ended, headers={"HX-Trigger-After-Swap": "bureau:fini"})
    told = current.read_progress()
    seen = f"{told.part}-{current.annulee}"
    if request.query_params.get("vu") == seen:
        return Response(status_code=204)
    fragment = desk.fragment(
        "avancement.html.j2",
        nom=nom,
        execution=current,
        avancement=told,
        vu=seen,
        lignes=list(tell(list(current.lignes)[-1:])),
    )
    return HTMLResponse(fragment)


def _tab_of(form: FormData) -> str:
    known = {code for code, _ in ONGLETS}
    asked = str(form.get("onglet", ""))
    return asked if asked in known else "fichiers"
