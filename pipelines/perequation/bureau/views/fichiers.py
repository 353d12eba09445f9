"""Files received: dropped, looked at as the import would, filed in `donnees/` under a name it reads."""

from collections.abc import Iterable

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from perequation.bureau import profile
from perequation.bureau.desk import Desk, back, session_of
from perequation.bureau.filing import Received, file_upload, withdraw_file
from perequation.bureau.uploads import OCTETS, Waiting
from perequation.bureau.words import tell_one
from perequation.ingestion import Apercu, preview
from perequation.ingestion.apercu.texte import describe_preview
from perequation.ingestion.fichiers import list_files
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.formats import format_count
from perequation.socle.schema import TABLES

SORTES = {
    "candidats": "Candidats",
    "notes": "Notes",
    "etablissements": "Établissements",
    "decisions_harmonisation": "Décisions d’harmonisation",
    "decisions_jury": "Décisions du jury",
}
assert set(SORTES) == set(TABLES)


async def show(desk: Desk, request: Request) -> Response:
    """Show what is there, and what waits to be filed."""
    nom = session_of(request)
    dossier = desk.open(nom)
    there = await desk.read(_list, dossier)
    return await desk.page(
        request,
        "fichiers.html.j2",
        onglet="fichiers",
        sortes=SORTES,
        presents=there,
        non_lus=[path.relative_to(dossier.racine).as_posix() for path in dossier.unread()],
        en_attente=desk.uploads.waiting(nom),
        retires=sorted(p.name for p in (dossier.racine / "donnees" / "retires").glob("*")),
    )


def _list(dossier: Dossier) -> list[tuple[str, list[tuple[str, int, str]]]]:
    return [
        (title, [(f.nom, f.octets, f.copie_de or "") for f in list_files(dossier, kind)])
        for kind, title in SORTES.items()
    ]


async def look(desk: Desk, request: Request) -> Response:
    """Show what would be read of one file that waits."""
    nom = session_of(request)
    depot = desk.uploads.get(nom, request.query_params.get("cle", ""))
    card = await _card(desk, nom, depot)
    return HTMLResponse(
        desk.fragment(
            "carte.html.j2",
            nom=nom,
            formulaire=desk.known.formulaire,
            auteur=desk.auteur,
            sortes=SORTES,
            carte=card,
            en_mots=tell_one,
        )
    )


async def _apercu(desk: Desk, nom: str, depot: Waiting) -> Apercu:
    """Look at a file once; without its session as long as that one can't be decided."""
    if depot.cle not in desk.apercus:
        try:
            desk.apercus[depot.cle] = await desk.read(preview, depot.chemin, desk.open(nom))
        except ConfigurationError:
            desk.apercus[depot.cle] = await desk.read(preview, depot.chemin)
    return desk.apercus[depot.cle]


def _stands_in_the_way(apercu: Apercu) -> bool:
    """Say whether a file is better not filed as it is; what its session still lacks is not it."""
    essai = apercu.essai
    unread = bool(apercu.probleme or apercu.manquantes or apercu.repetees)
    is_refused = essai is not None and bool(essai.blocages) and essai.rejetees > 0
    return unread or is_refused or (bool(apercu.profil_propose) and not apercu.profil)


async def _card(desk: Desk, nom: str, depot: Waiting) -> dict[str, object]:
    apercu = await _apercu(desk, nom, depot)
    return {
        "cle": depot.cle,
        "nom": depot.chemin.name,
        "octets": depot.chemin.stat().st_size,
        "apercu": apercu,
        "est_bloque": _stands_in_the_way(apercu),
        "lignes": list(describe_preview(apercu)),
        "profil": profile.ask(apercu),
        "est_ancien": (desk.places.folder(nom) / "donnees" / depot.chemin.name).is_file(),
    }


async def receive(desk: Desk, request: Request, form: FormData) -> Response:
    """Keep the files dropped, and show at once what would be read of them."""
    nom = session_of(request)
    await keep_dropped(desk, nom, form)
    if request.headers.get("hx-request"):
        page = desk.fragment(
            "attente.html.j2",
            nom=nom,
            formulaire=desk.known.formulaire,
            auteur=desk.auteur,
            en_attente=desk.uploads.waiting(nom),
            messages=desk.take_messages(nom),
        )
        return HTMLResponse(page)
    return back(nom, "fichiers")


async def keep_dropped(desk: Desk, nom: str, form: FormData) -> list[Waiting]:
    """Keep apart each file of a form; one that is refused is told, the others are kept."""
    desk.sign(form)
    most = min(OCTETS, desk.open(nom).configuration.bornes.taille_mo << 20)
    kept: list[Waiting] = []
    for sent in form.getlist("fichiers"):
        if isinstance(sent, UploadFile) and sent.filename:
            try:
                kept.append(await desk.uploads.receive(nom, sent, most))
            except ConfigurationError as error:
                desk.blame(nom, error)
    if not kept and not desk.has_messages(nom):
        desk.say(nom, "Choisissez au moins un fichier.", (), est_faute=True)
    return kept


async def file(desk: Desk, request: Request, form: FormData) -> Response:
    """File one that waits among the inputs of the session."""
    nom = session_of(request)
    depot = desk.uploads.get(nom, str(form.get("cle", "")))
    kind = str(form.get("sorte", ""))
    if kind not in SORTES:
        raise ConfigurationError("Dites quelle sorte de fichier c’est.")
    auteur = require_author(desk, form)
    apercu: Apercu | None = desk.apercus.get(depot.cle)
    profil = apercu.profil if apercu is not None and apercu.est_a_nommer else ""
    replaced = form.get("remplacer") == "oui"
    received = Received(depot.chemin, kind, auteur, profil, replaced)
    lines = await _file_one(desk, nom, depot, received)
    desk.say(nom, f"« {depot.chemin.name} » est rangé.", lines)
    return back(nom, "fichiers")


async def file_ready(desk: Desk, request: Request, form: FormData) -> Response:
    """File everything that waits and can be read as it is."""
    nom = session_of(request)
    auteur = require_author(desk, form)
    unseen = 0
    filed: list[str] = []
    for depot in desk.uploads.waiting(nom):
        apercu: Apercu | None = desk.apercus.get(depot.cle)
        if apercu is None:
            unseen += 1  # nothing is filed before it was looked at
        elif not _stands_in_the_way(apercu):
            profil = apercu.profil if apercu.est_a_nommer else ""
            received = Received(depot.chemin, apercu.type_fichier, auteur, profil)
            filed += await _file_one(desk, nom, depot, received)
    if filed:
        desk.say(nom, _filed(filed), filed)
    if unseen:
        desk.say(nom, "Des fichiers étaient encore en lecture : ils attendent plus bas.", ())
    return back(nom, "fichiers")


async def _file_one(desk: Desk, nom: str, depot: Waiting, received: Received) -> list[str]:
    """File one; the log keeps which file went where, and who put it there."""

    def run(dossier: Dossier) -> Iterable[str]:
        return file_upload(dossier, received)

    lines = await desk.do(nom, "bureau", run, est_journalise=True)
    desk.uploads.forget(depot)
    # How the last run ended was said of other files.
    desk.works.forget(nom)
    return lines


async def file_all(desk: Desk, nom: str, form: FormData, kind: str, folder: str = "") -> None:
    """File every file dropped as one kind, without looking at it first."""
    depots = await keep_dropped(desk, nom, form)
    auteur = require_author(desk, form) if depots else ""
    filed: list[str] = []
    for depot in depots:
        received = Received(depot.chemin, kind, auteur, folder=folder)
        try:
            filed += await _file_one(desk, nom, depot, received)
        except PerequationError as error:
            desk.blame(nom, error)
            desk.uploads.forget(depot)
    if filed:
        desk.say(nom, _filed(filed), filed)


def _filed(lines: list[str]) -> str:
    return f"{format_count(len(lines), 'fichier rangé', 'fichiers rangés')}."


async def throw(desk: Desk, request: Request, form: FormData) -> Response:
    """Throw one that waits away."""
    nom = session_of(request)
    depot = desk.uploads.get(nom, str(form.get("cle", "")))
    desk.uploads.forget(depot)
    desk.say(nom, f"« {depot.chemin.name} » n’est pas rangé : il est oublié.", ())
    return back(nom, "fichiers")


async def complete(desk: Desk, request: Request, form: FormData) -> Response:
    """Save the profile proposed, completed, and look at the file again with it."""
    nom = session_of(request)
    depot = desk.uploads.get(nom, str(form.get("cle", "")))
    apercu: Apercu | None = desk.apercus.get(depot.cle)
    if apercu is None or not apercu.profil_propose:
        raise ConfigurationError("Ce fichier n’a pas de profil à compléter.")
    text = profile.fill(desk.open(nom), apercu, form)

    def run(dossier: Dossier) -> Iterable[str]:
        return [profile.save(dossier, depot.chemin, text)]

    await desk.act(nom, "bureau", run, "Profil d’import enregistré.")
    desk.apercus.pop(depot.cle, None)
    return back(nom, "fichiers")


async def withdraw(desk: Desk, request: Request, form: FormData) -> Response:
    """Put an input aside: it is kept, and not read any more."""
    nom, name = session_of(request), str(form.get("fichier", ""))

    def run(dossier: Dossier) -> Iterable[str]:
        return [withdraw_file(dossier, name)]

    lines = await desk.do(nom, "bureau", run, est_journalise=True)
    desk.works.forget(nom)
    desk.say(nom, "Fichier retiré.", lines)
    return back(nom, "fichiers")


def require_author(desk: Desk, form: FormData) -> str:
    """Return who signs a form.

    Raises
    ------
    ConfigurationError
        Nobody does.
    """
    auteur = desk.sign(form)
    if not auteur:
        raise ConfigurationError("Écrivez votre nom : il est gardé avec ce qui est rangé.")
    return auteur
