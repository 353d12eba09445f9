"""What the session report says of who sat the exam, who was absent, and how épreuves agree."""

from typing import Any

import polars as pl

from perequation.presentation import graphiques
from perequation.presentation.lexique import code_label
from perequation.presentation.publie import Publie
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, fold, paragraph
from perequation.resultats.comptes import EFFECTIF_CORRELATION
from perequation.resultats.rapport import hidden_note
from perequation.socle import formats

_PROFILS = {"bac_origine": "baccalauréat d’origine", "annee_naissance": "année de naissance"}


def means_by(means: Publie, maille: str) -> Fragment:
    """Return the mean of each épreuve by statut or sexe, one column per group.

    Parameters
    ----------
    means
        `Resultats.epreuves_by`.
    maille
        statut or sexe.
    """
    groups = means["modalite"].unique().sort().to_list() if means.height else []
    rows = means.with_columns(
        texte=pl.struct("moyenne", "n").map_elements(_mean_and_count, return_dtype=pl.String)
    ).pivot("modalite", index=["epreuve", "titre"], values="texte")
    return table(
        rows,
        ["epreuve", "titre", *groups],
        identifier=f"epreuves-{maille}",
        caption=f"Moyenne par épreuve et {maille} (nombre de notes)",
        labels={group: code_label(group) for group in groups},
        natures=dict.fromkeys(groups, "note"),
        note="Groupe absent : trop peu de notes, ou chiffre qui permettrait d’en retrouver un autre. "
        "Les groupes n’ont pas passé les épreuves sous les mêmes modes : une différence ne dit pas "
        "d’où elle vient.",
        empty="Moins de deux groupes à comparer.",
        dense=True,
    )


def profiles(profils: Publie) -> list[Fragment]:
    """Return the results by baccalauréat and year of birth, where the roster gives them.

    Parameters
    ----------
    profils
        `Resultats.profils`.
    """
    given = [name for name in _PROFILS if name in set(profils["maille"])]
    if not given:
        said = "La liste des candidats ne donne ni baccalauréat d’origine ni date de naissance."
        return [paragraph("{said}", said=said)]
    return [_profile(profils.filter(maille=name), name) for name in given]


def _mean_and_count(row: dict[str, Any]) -> str:
    return f"{formats.format_mark(row['moyenne'])} ({formats.format_integer(row['n'])})"


def _profile(rows: Publie, maille: str) -> Fragment:
    return table(
        rows,
        ["modalite", "inscrits", "presents", "taux_reussite", "moyenne_generale"],
        identifier=f"profil-{maille.replace('_', '-')}",
        caption=f"Résultats selon : {_PROFILS[maille]}",
        labels={
            "modalite": _PROFILS[maille].capitalize(),
            "taux_reussite": "Taux",
            "moyenne_generale": "Moyenne",
        },
        note=hidden_note(rows),
        muted=pl.col("masque"),
        dense=True,
    )


def absences(rows: Publie, minimum: int) -> Fragment:
    """Return the absences by épreuve.

    Parameters
    ----------
    rows
        `Resultats.absences`.
    minimum
        Candidates under which a count is hidden.
    """
    if rows.height and rows["absents"].is_null().all():
        said = "Trop peu d’absences, à chaque épreuve, pour que leur nombre soit publié."
        return paragraph("{said}", said=said)
    return table(
        rows,
        ["epreuve", "titre", "attendus", "absents", "taux_absence"],
        identifier="absences",
        caption="Absences par épreuve obligatoire",
        labels={"attendus": "Notés ou absents"},
        natures={"attendus": "entier"},
        note="Absences justifiées ou non, rapportées aux candidats notés ou absents. « – » : moins "
        f"de {minimum} absents, ou chiffre qui permettrait d’en retrouver un autre.",
        empty="Aucune épreuve.",
        dense=True,
    )


def correlations_chart(rows: Publie) -> Any:
    """Draw how the épreuves go together, or say why not (`Resultats.correlations`)."""
    if rows.is_empty():
        said = f"Moins de {EFFECTIF_CORRELATION} candidats notés à deux mêmes épreuves."
        return paragraph("{said}", said=said)
    return graphiques.correlations(
        rows.with_columns(
            texte=pl.col("correlation").map_elements(formats.format_mark, return_dtype=pl.String)
        )
    )


def correlations_table(rows: Publie) -> Fragment | None:
    """Return the correlations drawn, with their candidates."""
    if rows.is_empty():
        return None
    shown = table(
        rows,
        ["epreuve", "autre_epreuve", "n", "correlation"],
        identifier="correlations",
        caption="Corrélations entre épreuves",
        labels={"n": "Candidats"},
        dense=True,
    )
    return fold("Les corrélations en tableau, avec le nombre de candidats", shown)


def reliability(rows: Publie) -> Fragment | None:
    """Say how far the average of a candidate holds on what the épreuves share.

    Parameters
    ----------
    rows
        `Resultats.fidelite`.
    """
    if rows.is_empty():
        return None
    row = rows.row(0, named=True)
    who = formats.format_count(row["n"], "candidat noté", "candidats notés")
    text = (
        f"Fidélité de la moyenne générale (alpha) : {formats.format_number(row['alpha'], 2)}, sur "
        f"{who} aux {row['nb_epreuves']} épreuves obligatoires."
    )
    if row["erreur_mesure"] is not None:
        text += (
            f" L’erreur type d’une moyenne est d’environ "
            f"{formats.format_number(row['erreur_mesure'], 1)} point : d’autres épreuves du même "
            "genre auraient pu donner à un candidat une moyenne différente d’autant."
        )
    return paragraph("{text}", text=text)
