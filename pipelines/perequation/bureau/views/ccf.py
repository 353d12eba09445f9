"""CCF: templates to send, who has answered, sheets to send back."""

from collections.abc import Iterable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from perequation.bureau.desk import Desk, back, session_of
from perequation.bureau.views import fichiers
from perequation.bureau.words import tell
from perequation.edition.archive import write_archive
from perequation.ingestion.ccf.commande import follow_session, make_templates
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.fichiers import list_visible, within

_MODELES, _RETOURS, _RECUS = "modeles_ccf", "retours", "donnees/ccf"


async def show(desk: Desk, request: Request) -> Response:
    """Say who is missing, and offer what can be sent."""
    nom = session_of(request)
    dossier = desk.open(nom)
    suivi: list[str] = []
    empeche: tuple[str, ...] = ()
    try:
        suivi = await desk.read(lambda: list(follow_session(dossier)))
    except PerequationError as error:
        empeche = tuple(tell((error.message, *error.details)))
    return await desk.page(
        request,
        "ccf.html.j2",
        onglet="ccf",
        suivi=list(tell(suivi)),
        empeche=empeche,
        modeles=_files(dossier, _MODELES),
        retours=_files(dossier, _RETOURS),
        archives={d: (dossier.sortie / f"{d}.zip").is_file() for d in (_MODELES, _RETOURS)},
    )


def _files(dossier: Dossier, folder: str) -> list[str]:
    found = [
        p for p in list_visible(dossier.sortie / folder, "*") if p.suffix in {".xlsx", ".html"}
    ]
    return [within(dossier, path).as_posix() for path in found]


async def make(desk: Desk, request: Request, form: FormData) -> Response:
    """Make the templates, and one file to send them from."""
    nom, version = session_of(request), str(form.get("version", "1"))
    if not version.isdecimal() or not 1 <= int(version) <= 99:
        raise ConfigurationError("Le numéro d’envoi est un nombre de 1 à 99.")

    def run(dossier: Dossier) -> Iterable[str]:
        lines = make_templates(dossier, None, int(version))
        write_archive(dossier.sortie / _MODELES)
        return lines

    await desk.act(nom, "modele-ccf", run, "Modèles prêts.")
    return back(nom, "ccf")


async def receive(desk: Desk, request: Request, form: FormData) -> Response:
    """File the templates that came back."""
    nom = session_of(request)
    await fichiers.file_all(desk, nom, form, "notes", _RECUS)
    return back(nom, "ccf")


async def sheets(desk: Desk, request: Request, form: FormData) -> Response:
    """Write the sheets to send back with the rows set aside."""
    del form
    nom = session_of(request)

    def run(dossier: Dossier) -> Iterable[str]:
        from perequation.ingestion.retours.retour import write_sheets

        lines = list(write_sheets(dossier, None))
        if _files(dossier, _RETOURS):
            write_archive(dossier.sortie / _RETOURS)
        return lines

    await desk.act(nom, "retour", run, "Fiches de retour.")
    return back(nom, "ccf")
