"""The record of the meeting: what is written in the decisions file, beside what was done."""

from datetime import date
from pathlib import Path

import polars as pl

from perequation.edition.papier import write_paper
from perequation.harmonisation.reunion import rapport as textes
from perequation.harmonisation.reunion.dossier import (
    CLE,
    meeting_folder,
    read_evidence,
    titles,
    unit_names,
)
from perequation.presentation.textes import Fragment
from perequation.socle import entrepot, formats
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import MissingInputError
from perequation.socle.unites import labels

_RELATIONS = {
    "decisions": "staging.decision_harmonisation",
    "rejets": "staging.rejet_decision_harmonisation",
    "effets": "marts.harmonisation_effet",
    "vigueur": "marts.ecart_en_vigueur",
}
_UNITE = ["session", "specialite", "epreuve", "type_unite", "unite"]


def write_record(dossier: Dossier, jour: date | None = None, *, pdf: bool = False) -> Path:
    """Write the record of the meeting as one HTML file.

    Parameters
    ----------
    dossier
        A session folder whose results were computed with the decisions in `donnees/`.
    jour
        Production date printed on the page; see `edition.contexte.page_date`.
    pdf
        Also print it.

    Returns
    -------
    pathlib.Path
        The page, or its PDF.

    Raises
    ------
    MissingInputError
        The results hold no decision.
    """
    with entrepot.open_read_only(dossier.entrepot) as con:
        tables = {nom: entrepot.read_relation(con, r) for nom, r in _RELATIONS.items()}
    if tables["decisions"].is_empty():
        raise MissingInputError(
            "Aucune décision d'harmonisation dans les résultats. Mettez le fichier rempli dans "
            "donnees/ (perequation decisions verifier DOSSIER l'y classe), puis relancez : "
            "perequation executer DOSSIER"
        )
    return write_paper(
        dossier,
        meeting_folder(dossier) / "compte_rendu.html",
        "Réunion d’harmonisation : compte rendu",
        _sections(dossier, tables),
        jour,
        pdf=pdf,
    )


def _sections(dossier: Dossier, tables: dict[str, pl.DataFrame]) -> dict[str, Fragment]:
    noms, decisions = unit_names(dossier), tables["decisions"]
    ecarts, vigueur = read_evidence(dossier), tables["vigueur"]
    lignes = match_evidence(decisions, _before(vigueur), noms)
    suivies = pl.col("decision").is_not_null() & ~pl.col("est_commune")
    suivis = _named(vigueur.filter((pl.col("nb_modifiees") > 0) | suivies), noms).join(
        tables["effets"], on=_UNITE, suffix="_effet", how="left"
    )
    ouvertes = ecarts.filter(signal="signale").join(decisions, on=CLE, how="anti")
    return {
        "Ce qui a été décidé": textes.opening(lignes, tables["rejets"]["rang"].n_unique()),
        "Accord de saisie": textes.agreement(decisions),
        "Décisions et motifs": textes.decided(lignes, titles(dossier)),
        "Ce qui a été fait": textes.done(suivis),
        "Ce qui reste ouvert": textes.left_open(
            _named(ouvertes.drop("nom"), noms).sort(CLE),
            suivis.filter(pl.col("suite_donnee").is_in(textes.OUVERTES)),
        ),
        "Signatures": textes.signatures(decisions["auteur"].drop_nulls().unique().sort().to_list()),
    }


def _before(vigueur: pl.DataFrame) -> pl.DataFrame:
    """Return the gaps the meeting had before it, under the names of those in force."""
    avant = ("ecart_retenu", "ic_bas", "ic_haut", "probabilite_materielle", "signal")
    return vigueur.with_columns(pl.col(f"{nom}_avant").alias(nom) for nom in avant)


def match_evidence(
    decisions: pl.DataFrame, ecarts: pl.DataFrame, noms: dict[str, str]
) -> pl.DataFrame:
    """Put beside each decision the gap of its unit, the clearest where it has several."""
    preuves = (
        ecarts.sort("probabilite_materielle", descending=True, nulls_last=True, maintain_order=True)
        .unique(CLE, keep="first", maintain_order=True)
        .select(*CLE, "n", "ecart_retenu", "ic_bas", "ic_haut", "probabilite_materielle", "signal")
    )
    return (
        _named(decisions, noms)
        .join(preuves, on=CLE, how="left")
        .with_columns(
            intervalle=pl.struct("ic_bas", "ic_haut").map_elements(
                lambda row: formats.format_gap_interval(row["ic_bas"], row["ic_haut"]),
                return_dtype=pl.String,
            )
        )
        .sort("epreuve", "type_unite", "unite")
    )


def _named(frame: pl.DataFrame, noms: dict[str, str]) -> pl.DataFrame:
    """Add nom: the establishment's with its UAI, « correcteur 12 », the unit's code otherwise."""
    avec_code = {uai: f"{nom} ({uai})" for uai, nom in noms.items()}
    return frame.with_columns(labels(frame, avec_code).alias("nom"))
