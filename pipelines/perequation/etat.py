"""`perequation etat`: where a session folder stands, from what is in it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from perequation.configuration import Dossier
from perequation.entrepot import read_mart
from perequation.manifeste import read_manifeste, sha256_of


def describe(dossier: Dossier) -> Iterator[str]:
    """Yield what a session folder holds and what to do next, in French, line by line."""
    session = dossier.configuration.session
    yield f"{session.titre} ({', '.join(session.specialites)})"
    manifeste = read_manifeste(dossier.entrepot)
    if manifeste is None:
        yield f"Aucun résultat publié. Lancez : perequation executer {dossier.racine}"
        return
    yield (
        f"Résultats publiés le {_moment(dossier.entrepot)} "
        f"par perequation {manifeste['perequation']}."
    )
    yield from (f"  {ligne}" for ligne in summarise(dossier))
    yield from _changes(dossier, manifeste)
    rapports = sorted(path.name for path in dossier.rapports.glob("*.html"))
    yield f"Rapports : {', '.join(rapports) if rapports else 'aucun, lancez perequation editer'}"


def summarise(dossier: Dossier) -> Iterator[str]:
    """Yield one line of key figures per spécialité, then the alerts of the whole session."""
    total = read_mart(dossier.entrepot, "reussite", maille="total")
    for ligne in total.iter_rows(named=True):
        yield (
            f"{ligne['specialite']} {ligne['session']} : {ligne['inscrits']} inscrits, "
            f"{ligne['presents']} présents, {ligne['admis']} admis "
            f"(dont {ligne['admis_controle']} après contrôle), {ligne['controle']} en attente du "
            f"contrôle, taux {_percent(ligne['taux_reussite'])} des présents"
        )
    yield _alerts(dossier)


def _alerts(dossier: Dossier) -> str:
    rejets = read_mart(dossier.entrepot, "bilan_import")["lignes_rejetees"].sum()
    controles = read_mart(dossier.entrepot, "controle_qualite").filter(~pl.col("reussi"))
    resultats = read_mart(dossier.entrepot, "resultat_candidat", a_verifier=True).height
    ecarts = read_mart(dossier.entrepot, "ecart", signal="signale")
    unites = ecarts.select("specialite", "epreuve", "type_unite", "unite").unique().height
    return (
        f"À regarder : {rejets} lignes rejetées, {controles.height} contrôles non satisfaits, "
        f"{resultats} résultats à vérifier, {unites} écarts à expliquer"
    )


def _changes(dossier: Dossier, manifeste: dict[str, Any]) -> Iterator[str]:
    """Yield the inputs that are not those of the publication any more."""
    publies = {e["fichier"]: e["sha256"] for e in manifeste["entrees"]}
    presents = {path.relative_to(dossier.racine).as_posix(): path for path in input_files(dossier)}
    modifies = [f for f, p in presents.items() if f in publies and sha256_of(p) != publies[f]]
    for quoi, fichiers in (
        ("modifié", modifies),
        ("nouveau", sorted(set(presents) - set(publies))),
        ("disparu", sorted(set(publies) - set(presents))),
    ):
        yield from (f"Fichier {quoi} depuis la publication : {fichier}" for fichier in fichiers)
    if sha256_of(dossier.racine / "session.toml") != manifeste["session_toml"]:
        yield "session.toml a changé depuis la publication."


def input_files(dossier: Dossier) -> Iterator[Path]:
    """Yield every input file of a session, sorted within each kind."""
    donnees = dossier.configuration.donnees
    for globs in (
        donnees.candidats, donnees.notes, donnees.etablissements,
        donnees.decisions_harmonisation, donnees.decisions_jury,
    ):  # fmt: skip
        fichiers = {p for glob in globs for p in dossier.racine.glob(glob) if p.is_file()}
        yield from sorted(fichiers)


def _moment(path: Path) -> str:
    return f"{datetime.fromtimestamp(path.stat().st_mtime).astimezone():%d/%m/%Y à %H:%M}"


def _percent(taux: float | None) -> str:
    return "–" if taux is None else f"{100 * taux:.1f} %".replace(".", ",")
