"""The contrôle: who is called, and the marks that come back."""

from starlette.requests import Request
from starlette.responses import Response

from perequation.bureau.desk import Desk, session_of
from perequation.ingestion.ccf.controle import control_templates
from perequation.socle.fichiers import within
from perequation.suivi.calendrier import read_step


async def show(desk: Desk, request: Request) -> Response:
    """Show the summons to send, and which marks are awaited."""
    nom = session_of(request)
    dossier = desk.open(nom)
    awaited: tuple[str, ...] = ()
    if dossier.entrepot.is_file():
        awaited = (await desk.read(read_step, dossier, "controle")).manques
    papers = [
        *sorted(dossier.rapports.glob("50_rattrapage*.html")),
        *sorted(dossier.exports.glob("rattrapage_*.xlsx")),
        *sorted(dossier.exports.glob("apres_controle_*.xlsx")),
        *control_templates(dossier),
    ]
    return await desk.page(
        request,
        "controle.html.j2",
        onglet="controle",
        est_publiee=dossier.entrepot.is_file(),
        attendus=awaited,
        documents_de_controle=[within(dossier, path).as_posix() for path in papers],
    )
