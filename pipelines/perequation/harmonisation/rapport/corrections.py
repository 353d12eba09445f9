"""What a correction would change, in the harmonisation report: tables and fiches of units."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from perequation.harmonisation.rapport.choix import PLURALS
from perequation.presentation.lexique import Nature, code_label
from perequation.presentation.tableaux import table
from perequation.presentation.textes import (
    Fragment,
    box,
    bullets,
    fill,
    heading,
    key_figures,
    paragraph,
    stack,
)
from perequation.socle import formats
from perequation.socle.regles_decision import rules_in_force

_CORRECTIONS = {
    "demi_signales": "Décalage de la moitié de l’écart, unités à examiner",
    "entier_signales": "Décalage de tout l’écart, unités à examiner",
    "entier_tous": "Décalage de tout l’écart, toutes les unités",
    "moyenne_ecart_type": "Moyenne et écart type, unités de 20 et plus",
    "equipercentile": "Équipercentile, unités de 30 et plus",
}
_PORTEES = {
    "signale": "unités à examiner",
    "a_surveiller": "unités à surveiller",
    "tous": "toutes les unités",
}
_COMPTES = (
    "nb_modifiees",
    "variation_moyenne",
    "passent_10",
    "perdent_10",
    "passent_8",
    "perdent_8",
    "admis",
    "controle",
    "refuse",
    "entrent_rattrapage",
    "sortent_rattrapage",
)
_REGLES = rules_in_force()
_LIBELLES = {
    "correction": "Correction",
    "kappa": "κ",
    "nb_modifiees": "Notes modifiées",
    "variation_moyenne": "|Δ| moyen",
    "passent_10": f"↑ {_REGLES.admission}",
    "perdent_10": f"↓ {_REGLES.admission}",
    "passent_8": f"↑ {_REGLES.appel}",
    "perdent_8": f"↓ {_REGLES.appel}",
    "admis": "Admis",
    "controle": "Contrôle",
    "refuse": "Refusés",
    "entrent_rattrapage": "Entrées rattr.",
    "sortent_rattrapage": "Sorties rattr.",
    "rangs_inverses": "Rangs inversés",
    "variance": "Variance entre unités",
}
_NATURES: dict[str, Nature] = {
    **dict.fromkeys(_LIBELLES, "entier"),
    "correction": "texte",
    "variation_moyenne": "note",
    "kappa": "note",
    "variance": "points",
}
_NOTE = (
    f"↑ {_REGLES.admission}, ↓ {_REGLES.admission} : candidats dont la moyenne générale franchit "
    f"{_REGLES.admission} vers le haut, vers le bas. "
    "Admis, contrôle, refusés : propositions du premier groupe parmi les candidats de l’épreuve. "
    "|Δ| moyen : des notes modifiées, en points."
)


def introduction() -> Fragment:
    """Say what the simulation is for, and what it must not be used for."""
    return box(
        "avertissement",
        paragraph(
            "<strong>Simulation seulement : rien n’est écrit dans les résultats.</strong> Aucune "
            "correction automatique n’est permise ; la commission décide, unité par unité, et motive. "
            "Les notes simulées passent par les règles de décision des résultats, les autres notes "
            "étant ce qu’elles sont. Ramener les unités à la moyenne générale n’est pas proposé : "
            "elles n’ont pas les mêmes candidats."
        ),
    )


def nothing_to_simulate(analyses: pl.DataFrame) -> Fragment:
    """Say that there is nothing to correct, when it is so."""
    words = "Aucune unité n’est à examiner ni à surveiller : aucune correction n’est simulée."
    return paragraph("{x}", x=words if analyses.is_empty() else "")


def title(row: Mapping[str, Any], titres: Mapping[str, str]) -> Fragment:
    """Return the heading of an analysis."""
    return heading(
        "{e} · {titre} ({noun})",
        e=row["epreuve"],
        titre=titres.get(row["epreuve"], ""),
        noun=PLURALS[row["type_unite"]],
    )


def comparison(epreuves: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return the usual corrections side by side for one analysis.

    Parameters
    ----------
    epreuves
        Rows of `consequences.Consequences.epreuves` for the analysis.
    row
        The analysis: epreuve, etape, type_unite.
    """
    rang = pl.col("correction").replace_strict(
        {nom: place for place, nom in enumerate(_CORRECTIONS)}, return_dtype=pl.Int8
    )
    moved = epreuves.filter(pl.col("nb_modifiees") > 0).sort(rang)
    shown = _with_arrows(moved).with_columns(
        correction=pl.col("correction").replace_strict(_CORRECTIONS),
        variance=_arrow("variance_avant", "variance_apres", 2),
    )
    return table(
        shown,
        ["correction", *_COMPTES, "rangs_inverses", "variance"],
        identifier=_identifier("corrections", row),
        caption=f"{row['epreuve']} : corrections possibles, notes {code_label(row['etape'])}s",
        labels=_LIBELLES,
        natures=_NATURES,
        dense=True,
        note=f"{_NOTE} Rangs inversés : nombre de fois où deux candidats ont changé de place l’un par "
        "rapport à l’autre. La variance entre unités baisse par construction, jusque vers 0 quand tout "
        "est corrigé : elle ne prouve rien.",
        empty="aucune unité ne peut être corrigée.",
    )


def by_kappa(par_kappa: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return the counts for each κ: what remains of the what-if on paper and without scripts.

    Parameters
    ----------
    par_kappa
        Rows of `consequences.Grille.par_kappa` for the analysis.
    row
        The analysis.
    """
    shown = par_kappa.filter((pl.col("nb_unites") > 0) & (pl.col("kappa") > 0)).with_columns(
        groupe=pl.col("portee").replace_strict(_PORTEES),
        admis="admis_apres",
        controle="controle_apres",
        refuse="refuse_apres",
    )
    return table(
        shown,
        ["kappa", *_COMPTES],
        identifier=_identifier("kappa", row),
        caption=f"{row['epreuve']} : décalage de κ × écart retenu",
        labels=_LIBELLES,
        natures=_NATURES,
        group="groupe",
        dense=True,
        note=_NOTE,
        empty="aucune unité ne peut être décalée.",
    )


def unit_card(
    ecarts: pl.DataFrame, unite: str, grille: pl.DataFrame, historique: pl.DataFrame
) -> Fragment:
    """Return what is known of a unit to examine or to watch, beside its distribution.

    Parameters
    ----------
    ecarts
        Rows of `marts.ecart` for the analysis, units named in words.
    unite
        The unit's name.
    grille
        Rows of `consequences.Grille.unites` for the analysis.
    historique
        Rows of `harmonisation.compare_sessions` for the analysis.
    """
    ecart = ecarts.filter(unite=unite).row(0, named=True)
    simulee = grille.filter(pl.col("unite") == unite, pl.col("kappa").is_in([0.5, 1.0]))
    passe = historique.filter(unite=unite).sort("session_anterieure")
    return stack(
        key_figures(
            [
                (
                    formats.format_integer(ecart["n"]),
                    "Candidats notés",
                    f"dont {formats.format_integer(ecart['n_ancre'])} avec une ancre",
                ),
                (
                    formats.format_mark(ecart["moyenne"]),
                    "Moyenne de l’unité",
                    f"attendue : {formats.format_mark(ecart['moyenne_attendue'])}",
                ),
                (
                    formats.format_gap(ecart["ecart_ancres"]),
                    "Écart des mêmes candidats aux ancres",
                    f"écart brut : {formats.format_gap(ecart['ecart_brut'])}",
                ),
                (
                    formats.format_gap(ecart["ecart_retenu"]),
                    "Écart retenu",
                    f"à 95 % : {formats.format_gap_interval(ecart['ic_bas'], ecart['ic_haut'])}",
                ),
            ]
        ),
        bullets([*(_past(row) for row in passe.iter_rows(named=True)), *_simulated(simulee)]),
    )


def _past(row: Mapping[str, Any]) -> Fragment:
    return fill(
        "Session {s} : écart retenu {e} {ic}, n = {n}, {signal} ; {sens}.",
        s=row["session_anterieure"],
        e=formats.format_gap(row["ecart_anterieur"]),
        ic=formats.format_gap_interval(row["ic_bas_anterieur"], row["ic_haut_anterieur"]),
        n=formats.format_integer(row["n_anterieur"]),
        signal=code_label(row["signal_anterieur"]),
        sens="de même sens" if row["meme_sens"] else "de sens contraire",
    )


def _simulated(grille: pl.DataFrame) -> list[Fragment]:
    count = formats.format_integer
    return [
        fill(
            "Un décalage de {d} point (κ = {k}) : {up} au-dessus de {t}, {down} au-dessous ; "
            "admis {a} → {b}, contrôle {c} → {e}, refusés {f} → {g}.",
            d=formats.format_gap(row["decalage"]),
            k=formats.format_number(row["kappa"], 1),
            t=_REGLES.admission,
            up=formats.format_count(row["passent_10"], "candidat passe", "candidats passent"),
            down=count(row["perdent_10"]),
            a=count(row["admis_avant"]),
            b=count(row["admis_apres"]),
            c=count(row["controle_avant"]),
            e=count(row["controle_apres"]),
            f=count(row["refuse_avant"]),
            g=count(row["refuse_apres"]),
        )
        for row in grille.sort("kappa").iter_rows(named=True)
    ]


def no_earlier_session(absentes: Sequence[str], historique: pl.DataFrame) -> Fragment:
    """Say what is known of earlier sessions, and which folders could not be read."""
    none = paragraph(
        "Aucune session antérieure à comparer. Indiquez leurs dossiers dans les réglages de la "
        "session : un écart qui persiste est le meilleur indice."
    )
    return stack(
        none if historique.is_empty() else None,
        *(
            paragraph("Session antérieure sans résultats lisibles : {x}.", x=nom)
            for nom in absentes
        ),
    )


def _with_arrows(epreuves: pl.DataFrame) -> pl.DataFrame:
    codes = ("admis", "controle", "refuse")
    return epreuves.with_columns(**{c: _arrow(f"{c}_avant", f"{c}_apres", 0) for c in codes})


def _arrow(before: str, after: str, decimals: int) -> pl.Expr:
    return pl.struct(before, after).map_elements(
        lambda row: (
            f"{formats.format_number(row[before], decimals)}{formats.NBSP}→"
            f"{formats.NBSP}{formats.format_number(row[after], decimals)}"
        ),
        return_dtype=pl.String,
    )


def _identifier(prefix: str, row: Mapping[str, Any]) -> str:
    cle = ("epreuve", "etape", "type_unite")
    return "-".join([prefix, *(str(row[name]).lower() for name in cle)])
