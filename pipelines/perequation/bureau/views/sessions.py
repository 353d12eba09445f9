"""The sessions of the root: where each stands, and how a new one is made."""

import shutil
from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from perequation.bureau.desk import Desk, Message
from perequation.bureau.labels import LIBELLES
from perequation.bureau.places import slug
from perequation.bureau.settings import EFFECTIFS, read_expected, save_settings, tell_expected
from perequation.bureau.toml_lines import Rows
from perequation.bureau.words import tell
from perequation.socle.academies import ACADEMIES
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.reglement import available_reglements


async def show(desk: Desk, request: Request) -> Response:
    """List the sessions, and offer to make one."""
    return await _page(desk, request, {})


async def create(desk: Desk, request: Request, form: FormData) -> Response:
    """Make a session folder; what was typed stays when something is wrong."""
    try:
        nom = _create(desk, form)
    except PerequationError as error:
        fault = Message(error.message, tuple(tell(error.details)), est_faute=True)
        return await _page(desk, request, form, fault)
    return RedirectResponse(f"/s/{nom}", 303)


async def close(desk: Desk, _request: Request, _form: FormData) -> Response:
    """Stop the page; what is under way is interrupted."""
    desk.stop()
    return HTMLResponse(desk.fragment("ferme.html.j2", formulaire=desk.known.formulaire))


async def _page(
    desk: Desk, request: Request, saisie: object, fault: Message | None = None
) -> HTMLResponse:
    folders = [desk.places.folder(nom) for nom in desk.places.names()]
    situations = [await desk.read(desk.situations.read, folder) for folder in folders]
    reglements = sorted(available_reglements(), key=lambda r: (r.specialite, r.sessions[0]))
    this_year = datetime.now().astimezone().year
    first = min(r.sessions[0] for r in reglements)
    return await desk.page(
        request,
        "sessions.html.j2",
        422 if fault else 200,
        racine=str(desk.places.racine),
        situations=situations,
        specialites={r.specialite: r.titre for r in reglements},
        annees=list(range(this_year + 1, first - 1, -1)),
        cette_annee=this_year,
        academies=ACADEMIES,
        aide_effectifs=LIBELLES["effectif_attendu"][1],
        saisie=saisie,
        fautes_de_page=[fault] if fault else [],
    )


def _create(desk: Desk, form: FormData) -> str:
    from perequation.suivi.initialisation import create_dossier

    codes = [str(code) for code in form.getlist("specialites")]
    annee, academie = str(form.get("annee", "")), str(form.get("academie", ""))
    if not codes:
        raise ConfigurationError("Choisissez au moins une spécialité.")
    if not annee.isdecimal() or academie not in ACADEMIES:
        raise ConfigurationError("Choisissez l’année et l’académie dans les listes.")
    expected = read_expected(str(form.get("effectifs", "")))
    typed = str(form.get("dossier", "")).strip()
    nom = typed or slug(*codes, annee, academie)
    folder = desk.places.new_folder(nom)
    try:
        lines = list(create_dossier(folder, codes, int(annee), academie))
        if expected:
            save_settings(folder / "session.toml", {EFFECTIFS: Rows(expected)})
    except PerequationError:
        shutil.rmtree(folder, ignore_errors=True)  # ours: nothing had that name
        raise
    warnings = [line for line in lines if line.startswith("Attention")]
    told = [*warnings, *tell_expected(expected)]
    desk.say(nom, f"Session créée dans le dossier « {nom} ».", told)
    return nom
