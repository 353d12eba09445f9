"""The file to fill in at the meeting: one line per unit to decide, with its evidence.

Units to examine or to watch; where nothing could be judged, every unit with what can be looked at;
and one line « * » per épreuve still under way, for its other units.

The CSV has the columns of `decisions_harmonisation` and nothing else, so that once filled in it can
go to `donnees/` as it is; the workbook has the evidence beside the same columns.
"""

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import polars as pl

from perequation.harmonisation.anterieures import read_earlier_gaps
from perequation.harmonisation.ecarts.trames import CLE as CLE_ETUDE
from perequation.harmonisation.figures.figures import compare_sessions
from perequation.harmonisation.reunion.dossier import (
    AUTRES,
    CLE,
    NOM,
    SIGNAUX,
    prepared_files,
    read_evidence,
    titles,
)
from perequation.harmonisation.reunion.verification import is_blank
from perequation.harmonisation.simulation import choose_study
from perequation.presentation.classeur import Feuille, write_workbook
from perequation.socle import formats
from perequation.socle.dossier import Dossier, reserve_of
from perequation.socle.entrepot import read_mart
from perequation.socle.fichiers import within
from perequation.socle.filled_file import Remise, hand_out, write_rows

_A_REMPLIR = ("decision", "decalage", "motif", "auteur", "date", "accord")
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
    "q1",
    "mediane",
    "q3",
    "part_sup_10",
    "anterieur",
    "deja_decide",
    "pourquoi",
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
    "part_sup_10": "Part ≥ 10",
    "anterieur": "Session antérieure",
    "deja_decide": "Déjà décidé",
    "pourquoi": "Pourquoi cette ligne",
}
UNITE = [*CLE_ETUDE, "unite"]
CLE_ANALYSE = ["specialite", "epreuve", "type_unite"]
_CLE_VIGUEUR = ["session", *CLE_ANALYSE, "unite"]
_EN_VIGUEUR = (*_CLE_VIGUEUR, "etape_notes", "decision", "est_commune")
_MODE_D_EMPLOI = (
    (
        "Une ligne par unité à examiner ou à surveiller. Quand aucune comparaison n’est possible "
        "(écrits pas encore reçus, effectifs trop faibles), chaque unité, avec ce qui peut se regarder."
    ),
    (
        "La ligne « * » d’une épreuve décide pour ses autres unités : MAINTIEN rend leurs notes "
        "harmonisées telles quelles ; sans elle, leurs candidats restent provisoires."
    ),
    "Un écart à examiner n’est ni une faute ni une preuve.",
    "Remplissez les dernières colonnes. decision : MAINTIEN ou DECALAGE.",
    "decalage : points ajoutés à chaque note, par exemple -0,5 ; vide pour un MAINTIEN.",
    "motif, auteur et date : toujours. Date : jj/mm/aaaa, ou 7 juin 2023.",
    "accord : date de l’accord de saisie du service des examens pour l’épreuve ; une ligne suffit.",
    "Ne changez ni épreuve, ni unité, ni type d’unité.",
    "Vous pouvez ajouter des lignes pour d’autres unités, et en supprimer.",
    (
        "Enregistrez le fichier à sa place, puis : perequation executer DOSSIER, qui le relit, le classe et "
        "propose les notes harmonisées (perequation decisions verifier DOSSIER le relit seulement)."
    ),
    "Aucune note n’est corrigée automatiquement : la proposition est à relire et à signer.",
)


def prepare_decisions(
    dossier: Dossier,
    specialites: Collection[str] = (),
    etape: str | None = None,
    *,
    remplacer: bool = False,
) -> Remise:
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
    Remise
        The workbook and the CSV.

    Raises
    ------
    ConfigurationError
        The files are there already, and one was filled in and not filed.
    """
    lignes = read_lines(dossier, specialites, etape)
    classeur, csv = prepared_files(dossier)
    hand_out(
        dossier,
        {
            classeur: lambda path: _write_workbook(path, lignes, dossier, titles(dossier)),
            csv: lambda path: write_rows(path, NOM, lignes),
        },
        remplacer=remplacer,
        is_blank=partial(is_blank, dossier),
    )
    if lignes.is_empty():
        empty = "Aucune unité à examiner ni à surveiller : les fichiers n'ont que leur en-tête."
        return Remise((classeur, csv), 0, (empty,))
    dits = (
        *_tell(lignes),
        f"À remplir : {within(dossier, classeur)} (avec les indices), ou {within(dossier, csv)}.",
        "Ensuite : perequation executer DOSSIER (ou decisions verifier, pour le relire seul)",
    )
    return Remise((classeur, csv), lignes.height, dits)


def _tell(lignes: pl.DataFrame) -> Iterator[str]:
    """Say what is to decide, and why nothing is signalled where nothing could be judged."""
    comptes = {s: lignes.filter(signal=s).height for s in SIGNAUX}
    unites, autres = formats.format_count(comptes["signale"], "unité"), comptes["a_surveiller"]
    yield f"{unites} à examiner, {autres} à surveiller."
    muettes = lignes.filter(pl.col("signal") == "indisponible", pl.col("unite") != AUTRES)
    for motif, epreuves in (
        muettes.group_by("motif_indisponible")
        .agg(pl.col("epreuve").unique().sort())
        .sort("motif_indisponible", nulls_last=True)
        .iter_rows()
    ):
        yield (
            f"{formats.join_words(epreuves)} : rien ne peut être signalé "
            f"({motif or 'écart non calculable'}) ; chaque unité est listée, avec ce qui se regarde."
        )
    communes = lignes.filter(pl.col("unite") == AUTRES)["epreuve"].unique().sort().to_list()
    if communes:
        yield f"Ligne « * » (les autres unités) : {formats.join_words(communes)}."


def read_lines(
    dossier: Dossier, specialites: Collection[str] = (), etape: str | None = None
) -> pl.DataFrame:
    """Return the lines of the file to fill in: `choose_lines` on what a session has published."""
    etude = choose_study(dossier.entrepot, specialites=specialites, etape=etape)
    anterieurs, _ = read_earlier_gaps(dossier)
    ecarts = (
        read_evidence(dossier, specialites, etape)
        .join(describe_units(etude.notes), on=UNITE, how="left")
        .join(_latest(compare_sessions(etude.ecarts, anterieurs)), on=UNITE[1:], how="left")
        .join(read_mart(dossier.entrepot, "ecart_en_vigueur").select(*_EN_VIGUEUR), on=_CLE_VIGUEUR)
    )
    return choose_lines(ecarts)


def describe_units(notes: pl.DataFrame) -> pl.DataFrame:
    """Return what a unit's marks look like without comparing them: quartiles and share ≥ 10."""
    note = pl.col("note").cast(pl.Float64)
    quartiles = {
        nom: note.quantile(part, "linear")
        for nom, part in (("q1", 0.25), ("mediane", 0.5), ("q3", 0.75))
    }
    return notes.group_by(UNITE).agg(**quartiles, part_sup_10=(note >= 10).mean())


def _latest(historique: pl.DataFrame) -> pl.DataFrame:
    passe = historique.sort("session_anterieure").unique(UNITE[1:], keep="last")
    text = pl.struct("session_anterieure", "ecart_anterieur").map_elements(
        lambda row: (
            f"{row['session_anterieure']} : {formats.format_gap(row['ecart_anterieur'])} point"
        ),
        return_dtype=pl.String,
    )
    return passe.select(*UNITE[1:], anterieur=text)


def choose_lines(ecarts: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit to decide, those to examine first in each épreuve, « * » last.

    A decision has no spécialité: the same unit in two of them is one line, with the evidence of
    the stronger signal and both codes.
    """
    rang = pl.col("signal").replace_strict(dict.fromkeys(SIGNAUX, 1) | {SIGNAUX[0]: 0}, default=2)
    muette = (pl.col("signal") == "indisponible").all().over(CLE_ANALYSE)
    ouverte = (pl.col("etape_notes") == "transmise") & pl.col("decision").is_null()
    visible = pl.col("moyenne").is_not_null()
    unites = ecarts.with_columns(
        pourquoi=pl.when(pl.col("signal") == SIGNAUX[0])
        .then(pl.lit("écart à examiner"))
        .when(pl.col("signal") == SIGNAUX[1])
        .then(pl.lit("écart à surveiller"))
        .when(muette & ouverte & visible)
        .then(pl.lit("pas de comparaison possible : ") + pl.col("motif_indisponible"))
    ).filter(pl.col("pourquoi").is_not_null())
    autres = ecarts.filter(ouverte).unique(["epreuve", "type_unite"])
    communes = autres.select(
        "specialite",
        "epreuve",
        "type_unite",
        "etape",
        unite=pl.lit(AUTRES),
        nom=pl.lit("toutes les autres unités"),
        signal=pl.lit("indisponible"),
        pourquoi=pl.lit("pour que leurs notes soient harmonisées sans changement"),
    )
    return (
        pl.concat([unites, communes], how="diagonal")
        .sort(
            *CLE,
            "probabilite_materielle",
            descending=[False, False, False, True],
            maintain_order=True,
        )
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
            deja_decide=pl.when(~pl.col("est_commune")).then("decision"),
        )
        .drop("decision")
        .sort("epreuve", pl.col("unite") == AUTRES, rang, "type_unite", "unite")
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
    ]


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
        natures={
            "ecart_ancres": "ecart",
            "intervalle": "texte",
            "part_sup_10": "taux",
            "deja_decide": "texte",
            "pourquoi": "texte",
        },
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
    write_workbook(path, [decisions, emploi], reserve_of(dossier))
