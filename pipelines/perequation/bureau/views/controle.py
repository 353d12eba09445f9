"""The contrôle: who is called, and the marks that come back."""

from collections.abc import Iterable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from perequation.bureau.desk import Desk, back, session_of
from perequation.bureau.state import name_awaited
from perequation.ingestion.ccf.controle import control_templates, make_control_templates
from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import list_visible, within
from perequation.suivi.calendrier import read_step


async def show(desk: Desk, request: Request) -> Response:
    """Show the summons to send, and which marks are awaited."""
    nom = session_of(request)
    dossier = desk.open(nom)
    awaited: tuple[str, ...] = ()
    possible = 0
    if dossier.entrepot.is_file():
        people = (await desk.read(read_step, dossier, "controle")).candidats
        called = [a for a in people if not a.est_possible]
        possible = len(people) - len(called)
        awaited = await desk.read(name_awaited, dossier, called)
    papers = [
        *list_visible(dossier.rapports, "50_rattrapage*.html"),
        *list_visible(dossier.exports, "rattrapage_*.xlsx"),
        *list_visible(dossier.exports, "apres_controle_*.xlsx"),
        *control_templates(dossier),
    ]
    return await desk.page(
        request,
        "controle.html.j2",
        onglet="controle",
        est_publiee=dossier.entrepot.is_file(),
        attendus=awaited,
        possibles=possible,
        documents_de_controle=[within(dossier, path).as_posix() for path in papers],
    )


async def make(desk: Desk, request: Request, form: FormData) -> Response:
    """Make the templates of the contrôle's marks."""
    nom, again = session_of(request), form.get("refaire") == "oui"

    def run(dossier: Dossier) -> Iterable[str]:
        return make_control_templates(dossier, remplacer=again)

    await desk.act(nom, "modele-controle", run, "Modèles de notes de contrôle.")
    return back(nom, "controle")
