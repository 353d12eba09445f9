"""The results: the pack of each circle, and one file to hand over."""

from collections.abc import Iterable
from typing import Any

import polars as pl
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from perequation.bureau.desk import Desk, back, require_idle, session_of
from perequation.bureau.state import name_awaited
from perequation.edition.archive import archive_of, is_current, write_archive
from perequation.edition.lot import pack_folder
from perequation.edition.plan import NIVEAUX, Niveau
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import read_mart
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fichiers import within
from perequation.suivi.calendrier import Attendu

CERCLES = {
    "interne": (
        "Pour le service et les jurys",
        "Tout, sans rien masquer : ne sort pas du service.",
    ),
    "etablissement": (
        "Pour les établissements",
        "Une fiche par établissement, petits effectifs masqués.",
    ),
    "public": ("Pour le public", "Les résultats d’ensemble, petits effectifs masqués."),
}


async def show(desk: Desk, request: Request) -> Response:
    """Show what is published for each circle."""
    nom = session_of(request)
    dossier = desk.open(nom)
    return await desk.page(
        request,
        "resultats.html.j2",
        onglet="resultats",
        est_publiee=dossier.entrepot.is_file(),
        lots=[_pack(dossier, code) for code in NIVEAUX],
        a_regarder=await desk.read(_to_look_at, dossier) if dossier.entrepot.is_file() else (),
        qualite=(dossier.rejets / "10_qualite.html").is_file(),
        a_corriger=(dossier.exports / "a_corriger.xlsx").is_file(),
    )


def _to_look_at(dossier: Dossier) -> tuple[str, ...]:
    """Return the warnings and the results to verify, one line each."""
    failed = read_mart(dossier.entrepot, "controle_qualite", reussi=False)
    results = read_mart(dossier.entrepot, "resultat_candidat", a_verifier=True)
    why = [
        Attendu(row["specialite"], row["numero_candidat"], " ; ".join(row["raisons_verification"]))
        for row in results.sort("specialite", "numero_candidat").iter_rows(named=True)
    ]
    warnings = failed.filter(pl.col("gravite") == "avertissement")
    return (
        *(
            f"Avertissement : {row['libelle']} {row['message']} {row['remede']}"
            for row in warnings.sort("libelle").iter_rows(named=True)
        ),
        *(f"Résultat à vérifier : {line}" for line in name_awaited(dossier, why)),
    )


def _pack(dossier: Dossier, code: Niveau) -> dict[str, Any]:
    folder = pack_folder(dossier, code)
    titre, aide = CERCLES[code]
    return {
        "code": code,
        "titre": titre,
        "aide": aide,
        "index": _there(dossier, folder / "index.html"),
        "archive": _there(dossier, archive_of(folder)) if is_current(folder) else "",
    }


def _there(dossier: Dossier, path: Any) -> str:
    return within(dossier, path).as_posix() if path.is_file() else ""


def _circle(form: FormData) -> Niveau:
    code = str(form.get("diffusion", ""))
    for known in NIVEAUX:
        if known == code:
            return known
    raise ConfigurationError("Dites pour qui sont ces documents.")


async def publish(desk: Desk, request: Request, form: FormData) -> Response:
    """Make the pack of a circle, in a child process."""
    nom, code = session_of(request), _circle(form)
    desk.open(nom)
    require_idle(desk, nom)
    options = ["--diffusion", code, *(["--revele"] if form.get("revele") == "oui" else [])]
    titre = f"Édition : {CERCLES[code][0].lower()}"
    desk.works.start(nom, desk.places.folder(nom), titre, "editer", *options)
    return back(nom, "resultats")


async def pack(desk: Desk, request: Request, form: FormData) -> Response:
    """Put the documents of a pack in one file."""
    nom, code = session_of(request), _circle(form)

    def run(dossier: Dossier) -> Iterable[str]:
        folder = pack_folder(dossier, code)
        if not (folder / "index.html").is_file():
            raise ConfigurationError("Éditez d’abord ces documents.")
        return [f"Fichier à remettre : {within(dossier, write_archive(folder))}"]

    await desk.act(nom, "bureau", run, "Le fichier ZIP est prêt.")
    return back(nom, "resultats")
