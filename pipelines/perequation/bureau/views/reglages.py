"""The settings of a session: `session.toml` as a form, each fault beside its field."""

import tomllib
from pathlib import Path

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from perequation.bureau.desk import Desk, Message, back, session_of
from perequation.bureau.settings import (
    EFFECTIFS,
    check_text,
    read_fields,
    read_form,
    save_settings,
    split_faults,
    tell_expected,
)
from perequation.bureau.settings import save_text as write_text
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.reglement import Reglement, available_reglements

_ENREGISTRES = "Réglages enregistrés."


async def show(desk: Desk, request: Request) -> Response:
    """Show the settings as they are in the file."""
    text = _path(desk, request).read_text(encoding="utf-8-sig", errors="replace")
    try:
        check_text(text)
    except ConfigurationError as error:
        return await _page(desk, request, text, None, error)
    return await _page(desk, request, text, None, None)


async def save(desk: Desk, request: Request, form: FormData) -> Response:
    """Write what changed; a wrong form comes back as it was typed."""
    path = _path(desk, request)
    try:
        values = read_form(form)
        before = tomllib.loads(path.read_text(encoding="utf-8-sig")).get(EFFECTIFS[0], [])
        await desk.read(lambda: save_settings(path, values))
    except ConfigurationError as error:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        return await _page(desk, request, text, form, error)
    expected = values[EFFECTIFS].rows
    told = tell_expected(expected) if list(expected) != before else ()
    desk.say(session_of(request), _ENREGISTRES, told)
    return back(session_of(request), "reglages")


async def save_text(desk: Desk, request: Request, form: FormData) -> Response:
    """Write the whole file as text, when it can't be a form."""
    path, text = _path(desk, request), str(form.get("texte", ""))
    try:
        write_text(path, text)
    except ConfigurationError as error:
        return await _page(desk, request, text, None, error)
    desk.say(session_of(request), _ENREGISTRES, ())
    return back(session_of(request), "reglages")


def _path(desk: Desk, request: Request) -> Path:
    return desk.places.folder(session_of(request)) / "session.toml"


async def _page(
    desk: Desk,
    request: Request,
    text: str,
    typed: FormData | None,
    error: ConfigurationError | None,
) -> Response:
    beside, others = split_faults(error.details) if error else ({}, [])
    sections = {} if _is_broken(text) else read_fields(text, typed, beside)
    messages: list[Message] = []
    if error is not None:
        title = (
            f"{error.message} Chaque faute est dite à côté de son champ."
            if beside
            else error.message
        )
        messages.append(Message(title, tuple(others), est_faute=True))
    return await desk.page(
        request,
        "reglages.html.j2",
        422 if error and typed is not None else 200,
        onglet="reglages",
        sections=sections,
        texte=text,
        reglements=_reglements(text),
        est_verifie=_is_checked(text),
        fautes_de_page=messages,
    )


def _reglements(text: str) -> list[Reglement]:
    """Return the règlements a text asks for, as far as it can be read."""
    session = {} if _is_broken(text) else tomllib.loads(text).get("session", {})
    codes, annee = session.get("specialites", []), session.get("annee")
    if not isinstance(codes, list) or not isinstance(annee, int):
        return []
    return [r for r in available_reglements() if r.specialite in codes and r.covers(annee)]


def _is_checked(text: str) -> bool:
    """Say whether someone has said to have checked the coefficients."""
    session = {} if _is_broken(text) else tomllib.loads(text).get("session", {})
    return session.get("coefficients_confirmes") is True


def _is_broken(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return True
    return False
