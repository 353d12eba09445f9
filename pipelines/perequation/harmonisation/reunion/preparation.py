"""The file to fill in at the meeting: one line per unit to examine or to watch, with its evidence.

The CSV has the columns of `decisions_harmonisation` and nothing else, so that once filled in it can
go to `donnees/` as it is; the workbook has the evidence beside the same columns.
"""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from perequation.harmonisation.reunion.dossier import (
    CLE,
    SIGNAUX,
    meeting_folder,
    read_evidence,
    titles,
)
from perequation.presentation.classeur import Feuille, write_workbook
from perequation.socle import formats
from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import REMPLACER, refuse_to_overwrite, write_csv
from perequation.socle.schema import TABLES

NOM = "decisions_harmonisation"
_A_REMPLIR = ("decision", "decalage", "motif", "auteur", "date")
_PREUVES = (
    "specialite",
    "etape",
    "n",
    "moyenne",
    "ecart_brut",
    "ecart_ancres",
    "ecart_ajuste",
    "ecart_retenu",
    "intervalle",
    "probabilite_materielle",
    "signal",
    "reserves",
)
_LIBELLES = {
    "epreuve": "Épreuve",
    "unite": "Unité",
    "type_unite": "Type_unité",
    "nom": "Nom",
    "n": "Effectif",
    "ecart_ancres": "Écart aux ancres",
    "intervalle": "Intervalle à 95 %",
    "probabilite_materielle": "Proba. d’un écart notable",
    "reserves": "Réserves",
}
_MODE_D_EMPLOI = (
    "Une ligne par unité à examiner ou à surveiller.",
    "Un écart à expliquer n’est ni une faute ni une preuve.",
    "Remplissez les cinq dernières colonnes. decision : MAINTIEN ou DECALAGE.",
    "decalage : points ajoutés à chaque note, par exemple -0,5 ; vide pour un MAINTIEN.",
    "motif, auteur et date : toujours. Date : jj/mm/aaaa.",
    "Ne changez ni épreuve, ni unité, ni type d’unité.",
    "Vous pouvez ajouter des lignes pour d’autres unités, et en supprimer.",
    "Relisez ensuite le fichier : perequation decisions verifier DOSSIER",
    "Aucune note n’est corrigée automatiquement : le fichier garde trace de ce qui est décidé.",
)


def prepare_decisions(
    dossier: Dossier,
    specialites: Collection[str] = (),
    etape: str | None = None,
    *,
    remplacer: bool = False,
) -> list[str]:
    """Write the files to fill in, and say where they are.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    specialites, etape
        See `consequences.choose_study`.
    remplacer
        Write over files prepared before, filled in or not.

    Returns
    -------
    list of str
        Lines for the user.

    Raises
    ------
    ConfigurationError
        The files are there already, and may have been filled in.
    """
    ecarts = read_evidence(dossier, specialites, etape)
    lignes = choose_lines(ecarts)
    sortie = meeting_folder(dossier)
    fichiers = [sortie / f"{NOM}.xlsx", sortie / f"{NOM}.csv"]
    if not remplacer:
        refuse_to_overwrite(dossier, fichiers, REMPLACER)
    _write_workbook(fichiers[0], lignes, dossier, titles(dossier))
    write_decisions(fichiers[1], lignes)
    if lignes.is_empty():
        return ["Aucune unité à examiner ni à surveiller : les fichiers n'ont que leur en-tête."]
    comptes = {s: lignes.filter(signal=s).height for s in SIGNAUX}
    unites, autres = formats.format_count(comptes["signale"], "unité"), comptes["a_surveiller"]
    classeur, csv = (path.relative_to(dossier.racine) for path in fichiers)
    return [
        f"{unites} à examiner, {autres} à surveiller.",
        f"À remplir : {classeur} (avec les indices), ou {csv}.",
        "Ensuite : perequation decisions verifier DOSSIER",
    ]


def choose_lines(ecarts: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit to examine or to watch, those to examine first in each épreuve.

    A decision has no spécialité: the same unit in two of them is one line, with the evidence of
    the stronger signal and both codes.
    """
    rang = pl.col("signal").replace_strict(dict.fromkeys(SIGNAUX, 1) | {SIGNAUX[0]: 0}, default=2)
    return (
        ecarts.filter(pl.col("signal").is_in(SIGNAUX))
        .sort(*CLE, "probabilite_materielle", descending=[False, False, False, True])
        .group_by(CLE, maintain_order=True)
        .agg(
            pl.col("specialite").sort().str.join(", "), pl.all().exclude("specialite", *CLE).first()
        )
        .with_columns(
            intervalle=pl.struct("ic_bas", "ic_haut").map_elements(
                lambda row: formats.format_gap_interval(row["ic_bas"], row["ic_haut"]),
                return_dtype=pl.String,
            ),
            reserves=pl.concat_str(_reserves(), separator=" ; ", ignore_nulls=True),
        )
        .sort("epreuve", rang, "type_unite", "unite")
    )


def _reserves() -> list[pl.Expr]:
    """Return what weakens the evidence of a unit, null where it doesn't hold."""

    def tell(holds: pl.Expr, words: str) -> pl.Expr:
        return pl.when(holds.fill_null(value=False)).then(pl.lit(words))

    ancre = pl.col("ancre_influente")
    return [
        tell(pl.col("fragile"), "le sens dépend de λ"),
        pl.when(ancre.is_not_null()).then(pl.lit("tient à l’ancre ") + ancre),
        tell(pl.col("part_sans_ancre") > 0.2, "plus d’un candidat sur cinq sans ancre"),
        tell(pl.col("dispersion_atypique"), "dispersion inhabituelle"),
        tell(
            ~pl.col("commission_connue") & (pl.col("type_unite") != "etablissement"),
            "commissions inconnues",
        ),
    ]


def write_decisions(path: Path, lignes: pl.DataFrame) -> None:
    """Write decisions with the contract's columns alone, for `donnees/`; spreadsheets open it."""
    colonnes = TABLES[NOM].noms
    vides = {nom: pl.lit(None, pl.String) for nom in colonnes if nom not in lignes.columns}
    write_csv(path, lignes.with_columns(**vides).select(colonnes))


def _write_workbook(
    path: Path, lignes: pl.DataFrame, dossier: Dossier, titres: dict[str, str]
) -> None:
    titre = f"{dossier.configuration.session.titre} : réunion d’harmonisation, à remplir"
    avec_titre = lignes.with_columns(
        titre=pl.col("epreuve").replace_strict(titres, default="", return_dtype=pl.String)
    )
    decisions = Feuille(
        "Décisions",
        avec_titre,
        ["epreuve", "titre", "unite", "type_unite", "nom", *_PREUVES],
        titre,
        libelles=_LIBELLES,
        natures={"ecart_ancres": "ecart", "intervalle": "texte"},
        vides=_A_REMPLIR,
        choix={"decision": ("MAINTIEN", "DECALAGE")},
    )
    emploi = Feuille(
        "Mode d’emploi",
        pl.DataFrame({"message": list(_MODE_D_EMPLOI)}),
        ["message"],
        titre,
        libelles={"message": "Comment remplir ce fichier"},
    )
    write_workbook(path, [decisions, emploi])
