"""What a simulated correction would change, as lines for a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from perequation.presentation.lexique import code_label
from perequation.socle.formats import (
    MISSING,
    format_count,
    format_gap,
    format_integer,
    format_number,
    hold_spaces,
    join_words,
)
from perequation.socle.regles_decision import rules_at, rules_of
from perequation.socle.schema import TYPES_UNITE
from perequation.socle.unites import label_unit

INTERDIT = (
    "Simulation seulement : rien n'est écrit dans les résultats. Aucune correction automatique "
    "n'est permise : la commission décide, unité par unité, et motive."
)
MOYENNE = (
    "ramener les unités à la moyenne générale n'est pas les harmoniser, car elles n'ont pas les "
    "mêmes candidats."
)
VARIANCE = "baisse par construction, ≈ 0 quand tout est corrigé : elle ne prouve rien"
PREMIER_GROUPE = (
    "Décisions : propositions du premier groupe, calculées par les règles des résultats ; les "
    "décisions d'un jury sont laissées de côté."
)
_PLURIELS = {code: several for code, (_, several) in TYPES_UNITE.items()}
_METHODES = {
    "decalage": "décalage de κ × écart retenu",
    "moyenne_ecart_type": "moyenne et écart type (unités de 20 candidats ou plus)",
    "equipercentile": "équipercentile (unités de 30 candidats ou plus)",
    "libre": "décalages donnés",
}
_DECISIONS = (("admis", "ADMIS"), ("contrôle", "CONTROLE"), ("refusés", "REFUSE"))


def describe_correction(
    methode: str, kappa: float, pas: float | None, *, signales_seulement: bool
) -> Iterator[str]:
    """Yield what is simulated, and what it can't be used for."""
    details = [_METHODES[methode]]
    if methode == "decalage":
        details.append(f"κ = {format_number(kappa)}")
    if methode != "libre":
        details.append("unités à examiner seulement" if signales_seulement else "toutes les unités")
    if pas:
        details.append(f"notes arrondies à {format_number(pas)} point")
    yield f"Correction simulée : {', '.join(details)}."
    yield INTERDIT
    if methode == "libre":
        yield hold_spaces(f"Attention : {MOYENNE}")
    yield hold_spaces(PREMIER_GROUPE)


def describe_epreuve(row: Mapping[str, Any], titre: str) -> Iterator[str]:
    """Yield what changes in one épreuve, corrected alone.

    Parameters
    ----------
    row
        A row of `consequences.Consequences.epreuves`.
    titre
        Title of the épreuve.
    """
    yield ""
    yield (
        f"── {row['specialite']} · {row['epreuve']} {titre} "
        f"({_PLURIELS[row['type_unite']]}, notes {code_label(row['etape'])}s)"
    )
    yield from _changes(row)
    if not row["nb_modifiees"]:
        return
    yield f"  Rangs inversés : {format_count(row['rangs_inverses'], 'paire')} de candidats"
    # Shifts chosen by hand may raise it, and that does say something.
    baisse = row["variance_apres"] is not None and row["variance_apres"] < row["variance_avant"]
    yield hold_spaces(
        f"  Variance entre unités : {format_number(row['variance_avant'], 3)} → "
        f"{format_number(row['variance_apres'], 3)}{f' ({VARIANCE})' if baisse else ''}"
    )


def describe_total(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield what changes when all the épreuves are corrected together."""
    yield ""
    yield f"══ {row['specialite']}, toutes ces épreuves ensemble"
    yield from _changes(row)


def _changes(row: Mapping[str, Any]) -> Iterator[str]:
    modifiees, notes = row["nb_modifiees"], format_integer(row["nb_notes"])
    if not modifiees:
        yield f"  Aucune note modifiée sur {notes}."
        return
    yield hold_spaces(
        f"  {format_count(modifiees, 'note modifiée', 'notes modifiées')} sur {notes}, de "
        f"{format_number(row['variation_moyenne'])} point en moyenne"
    )
    regles = rules_at(row["session"])
    for seuil, rang in ((regles.admission, 10), (regles.appel, 8)):
        yield hold_spaces(
            f"  Franchissent {seuil} de moyenne : {format_integer(row[f'passent_{rang}'])} vers "
            f"le haut, {format_integer(row[f'perdent_{rang}'])} vers le bas"
        )
    paires = (
        f"{nom} {format_integer(row[f'{code.lower()}_avant'])} → "
        f"{format_integer(row[f'{code.lower()}_apres'])}"
        for nom, code in _DECISIONS
    )
    yield hold_spaces(f"  Propositions : {' ; '.join(paires)}")
    entrent, sortent = row["entrent_rattrapage"], row["sortent_rattrapage"]
    yield hold_spaces(
        f"  Rattrapage : {format_count(entrent, 'entrée')}, {format_count(sortent, 'sortie')}"
    )


#: Heading ({admission}, {appel}: the thresholds), width, column.
_COLONNES = (
    ("n", 5, "nb_notes"),
    ("modif.", 7, "nb_modifiees"),
    ("|Δ|", 6, "variation_moyenne"),
    ("≥{admission}", 5, "passent_10"),
    ("<{admission}", 5, "perdent_10"),
    ("≥{appel}", 4, "passent_8"),
    ("<{appel}", 4, "perdent_8"),
)


def describe_units(unites: pl.DataFrame, noms: Mapping[str, str]) -> Iterator[str]:
    """Yield a table of the units whose marks move; ≥10 and <10: candidates who pass each way.

    Parameters
    ----------
    unites
        Rows of `consequences.Consequences.unites` for one épreuve.
    noms
        Names of the establishments by UAI.
    """
    bougees = unites.filter(pl.col("nb_modifiees") > 0)
    if bougees.is_empty():
        return
    libelles = [_name(row, noms) for row in bougees.iter_rows(named=True)]
    large = max(map(len, libelles))
    regles = rules_of(unites["session"])
    seuils = {"admission": regles.admission, "appel": regles.appel}
    tete = "".join(titre.format(**seuils).rjust(size) for titre, size, _ in _COLONNES)
    decisions = "".join(nom.rjust(12) for nom, _ in _DECISIONS)
    yield f"  {'unité'.ljust(large)}{tete}{decisions}{'rattr.'.rjust(9)}{'rangs'.rjust(9)}"
    for libelle, row in zip(libelles, bougees.iter_rows(named=True), strict=True):
        yield f"  {libelle.ljust(large)}{_figures(row)}"
    yield from _doubts(bougees, libelles)


def _figures(row: Mapping[str, Any]) -> str:
    counts = "".join(_number(row[nom]).rjust(size) for _, size, nom in _COLONNES)
    decisions = "".join(
        f"{row[f'{code.lower()}_avant']} → {row[f'{code.lower()}_apres']}".rjust(12)
        for _, code in _DECISIONS
    )
    rattrapage = f"+{row['entrent_rattrapage']} −{row['sortent_rattrapage']}"
    return f"{counts}{decisions}{rattrapage.rjust(9)}{_number(row['rangs_inverses']).rjust(9)}"


def _doubts(unites: pl.DataFrame, libelles: list[str]) -> Iterator[str]:
    lignes = unites.with_columns(libelle=pl.Series(libelles))
    alignees = lignes.filter("aligne_moyenne_brute")["libelle"].to_list()
    if alignees:
        yield hold_spaces(
            f"  Attention : {join_words(alignees, 6)} : ce décalage ramène l'unité à la moyenne "
            "générale, alors que le niveau de ses candidats explique une part de l'écart."
        )
    eloignees = lignes.filter("eloigne_de_l_attendu")
    noms = [
        f"{row['libelle']} ({format_gap(row['ecart_avant'])} → {format_gap(row['ecart_apres'])})"
        for row in eloignees.iter_rows(named=True)
    ]
    if noms:
        yield hold_spaces(
            f"  Attention : {join_words(noms, 6)} : ce décalage éloigne l'unité de ce que laissent "
            "attendre ses ancres (écart ajusté)."
        )


def _name(row: Mapping[str, Any], noms: Mapping[str, str]) -> str:
    nom = noms.get(row["unite"], "") if row["type_unite"] == "etablissement" else ""
    return f"{label_unit(row['type_unite'], row['unite'])} {nom}"[:42].strip()


def _number(value: float | None) -> str:
    if value is None:
        return MISSING
    return format_number(value) if isinstance(value, float) else format_integer(value)
