"""The record of the meeting: what is written in the decisions file, beside what was done."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from perequation.edition import page
from perequation.edition.contexte import make_background
from perequation.edition.pdf import print_page
from perequation.harmonisation.reunion import rapport as textes
from perequation.harmonisation.reunion.dossier import (
    CLE,
    meeting_folder,
    read_evidence,
    titles,
    unit_names,
)
from perequation.presentation.textes import Fragment
from perequation.presentation.theme import style
from perequation.socle import entrepot, formats
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import MissingInputError
from perequation.socle.fichiers import write_whole

_RELATIONS = {
    "decisions": "staging.decision_harmonisation",
    "rejets": "staging.rejet_decision_harmonisation",
    "effets": "marts.harmonisation_effet",
}


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
            "donnees/ (perequation decisions verifier DOSSIER le prépare), puis relancez : "
            "perequation executer DOSSIER"
        )
    fond = make_background(dossier, "interne", jour)
    prefixe = f"../{dossier.rapports.name}/"
    contexte = replace(
        fond.plain_context("Réunion d’harmonisation : compte rendu"),
        faits=tuple(replace(f, lien=f.lien and prefixe + f.lien) for f in fond.faits),
        avertissement="Document préparatoire : ne pas diffuser hors de la commission, du jury et "
        "de la division des examens.",
    )
    sections = _sections(dossier, tables)
    corps = "".join(
        f'<h2 id="s{rang}">{titre}</h2>{fragment.html}'
        for rang, (titre, fragment) in enumerate(sections.items(), start=1)
    )
    texte = page.render_page(
        "compte_rendu.html.j2",
        contexte,
        corps=Markup(f"<style>{style()}</style>{corps}"),
        sommaire=[(f"s{rang}", titre) for rang, titre in enumerate(sections, start=1)],
    )
    sortie = meeting_folder(dossier) / "compte_rendu.html"
    write_whole(sortie, texte)
    if not pdf:
        return sortie
    print_page(sortie, sortie.with_suffix(".pdf"))
    return sortie.with_suffix(".pdf")


def _sections(dossier: Dossier, tables: dict[str, pl.DataFrame]) -> dict[str, Fragment]:
    noms, decisions = unit_names(dossier), tables["decisions"]
    ecarts = read_evidence(dossier)
    lignes = match_evidence(decisions, ecarts, noms)
    effets = _named(tables["effets"], noms)
    suivis = effets.filter((pl.col("nb_modifiees") > 0) | pl.col("decision").is_not_null())
    ouvertes = ecarts.filter(signal="signale").join(decisions, on=CLE, how="anti")
    return {
        "Ce qui a été décidé": textes.opening(lignes, tables["rejets"]["rang"].n_unique()),
        "Décisions et motifs": textes.decided(lignes, titles(dossier)),
        "Ce qui a été fait": textes.done(suivis),
        "Ce qui reste ouvert": textes.left_open(
            _named(ouvertes.drop("nom"), noms).sort(CLE),
            suivis.filter(~pl.col("decision_conforme")),
        ),
        "Signatures": textes.signatures(decisions["auteur"].drop_nulls().unique().sort().to_list()),
    }


def match_evidence(
    decisions: pl.DataFrame, ecarts: pl.DataFrame, noms: dict[str, str]
) -> pl.DataFrame:
    """Put beside each decision the gap of its unit, the clearest where it has several."""
    preuves = (
        ecarts.sort("probabilite_materielle", descending=True, nulls_last=True)
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
    """Add nom: the establishment's with its UAI, the unit's own code otherwise."""
    ecole: Any = pl.col("unite").replace_strict(noms, default=None, return_dtype=pl.String)
    est_ecole = (pl.col("type_unite") == "etablissement") & ecole.is_not_null()
    avec_code = pl.concat_str(ecole, pl.lit(" ("), "unite", pl.lit(")"))
    return frame.with_columns(nom=pl.when(est_ecole).then(avec_code).otherwise("unite"))
