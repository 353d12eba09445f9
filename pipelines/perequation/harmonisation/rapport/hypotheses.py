"""What an analysis supposes: each check in one sentence, and what no check can see."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from perequation.harmonisation.ecarts.hasard import SEUIL_SANS_ECART, UNITES_SURES, is_apart
from perequation.harmonisation.ecarts.motifs import LIBELLES, Motif
from perequation.harmonisation.ecarts.signaux import smallest_signalled
from perequation.harmonisation.ecarts.variance import varies_less
from perequation.presentation.textes import Fragment, bullets, fill, fold
from perequation.socle import formats

#: Disagreement of anchors worth a number, in points.
_DESACCORD_NOTABLE = 0.1
#: Units set apart are named, and the others said alike, up to this many.
_ISOLEES = 3
#: Share of the anchors' variance between units from which an error on λ makes signals in groups.
_NIVEAUX_TRIES = 1 / 3


def checks(rows: pl.DataFrame) -> Iterable[Fragment]:
    """Yield the outcome of every check of one analysis, a sentence each.

    Parameters
    ----------
    rows
        Rows of ``marts.ecart`` of the analysis.
    """
    met = "" if _is_about_commissions(rows) else ", commissions comprises"
    yield fill(
        "L’écart est celui de cette session : ce que les candidats de l’unité ont rencontré{x}.",
        x=met,
    )
    yield fill("{x}", x=_chance(rows.select(pl.col("p_sans_ecart").min()).item()))
    told = (_apart(rows), _smallest(rows), _far(rows), _few(rows), _sorted(rows))
    yield from (fill("{x}", x=sentence) for sentence in told if sentence)
    yield fill("{x}", x=_anchors(_first(rows, "desaccord_ancres")))
    yield fill("{x}", x=_shape(rows))
    yield fill("{x}", x=_academie(rows["suit_academie"].drop_nulls()))
    if not _is_about_commissions(rows):
        yield fill("{x}", x=_commissions(rows))


def blind_spots() -> Fragment:
    """Name what would fool the analysis and no mark shows."""
    return fill(
        "<strong>Ce qui tromperait cette analyse</strong> : un enseignement qui élève toutes les "
        "épreuves d’ancrage d’un établissement sans toucher celle-ci, ou une aisance propre à "
        "l’épreuve (parler, présenter un dossier) que les écrits ne mesurent pas et que les "
        "candidats d’un établissement auraient plus que d’autres. Rien dans les notes ne les "
        "distingue d’une différence de notation ; les faux signaux attendus ne les comptent pas."
    )


def assumptions(rows: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return, folded, what an analysis supposes: what would fool it, its checks, its false signals.

    Parameters
    ----------
    rows
        Rows of ``marts.ecart`` of the analysis.
    row
        The analysis (`harmonisation.summarise_analyses`).
    """
    expected = formats.format_number(row["faux_signaux_attendus"], 1)
    told = f"Faux signaux attendus, si tout ce qui précède tient : {expected}"
    if row["nb_signales"]:
        told += f" ; de {row['faux_bas']} à {row['faux_haut']}, 19 fois sur 20"
    return fold(
        f"{row['epreuve']} : ce qui est supposé, ce qui a été vérifié",
        bullets([blind_spots(), *checks(rows), fill("{x}.", x=told)]),
    )


def _smallest(rows: pl.DataFrame) -> str:
    """Say how large a gap must be for a unit of ordinary size to be signalled."""
    gap = smallest_signalled(rows)
    if gap is None:
        return "La taille d’un écart qu’on pourrait signaler n’a pas pu être calculée."
    return (
        "Avec ces effectifs, un écart n’est à examiner, dans une unité de taille courante, qu’à partir "
        f"d’environ {formats.format_number(gap, 1)} {formats.points_word(gap)} entre l’observé et "
        "l’attendu, avant d’être ramené vers zéro (moins là où les notes sont plus nombreuses ; moins "
        "aussi pour être à surveiller) : un écart plus petit peut exister sans être vu."
    )


def _first(rows: pl.DataFrame, column: str) -> Any:
    return rows[column].drop_nulls().first()


def _chance(p: float | None) -> str:
    if p is None:
        return "Les écarts n’ont pas pu être comparés à ce que fait le hasard."
    if p < SEUIL_SANS_ECART:
        return (
            "Les unités diffèrent, ou l’une diffère, plus que le hasard ne l’explique : moins "
            "d’une chance sur mille, si aucune n’avait d’écart et si ce qui est supposé ici est "
            "vrai."
        )
    return (
        "Des différences pareilles peuvent venir du hasard sans qu’aucune unité n’ait d’écart : "
        "aucune n’est à examiner, quelques-unes au plus à surveiller."
    )


def _apart(rows: pl.DataFrame) -> str | None:
    """Say that a few units differ from the others, which don't differ from each other."""
    judged = rows.filter(pl.col("p_sans_ecart") < SEUIL_SANS_ECART)
    apart = judged.filter(is_apart())["unite"].sort()
    if not 0 < len(apart) <= min(_ISOLEES, judged.height - 1):
        return None
    named, agreed = formats.join_words(apart), "mise" if len(apart) == 1 else "mises"
    return (
        f"{named} {agreed} à part, les différences entre les autres unités ne dépassent pas assez ce "
        "que fait le hasard : aucune autre n’est à examiner, quelques-unes au plus à surveiller."
    )


def _far(rows: pl.DataFrame) -> str | None:
    """Say that, one unit far from all others set apart, signals among them are believed too easily.

    Far: without it, the variance between units is less than half.
    """
    by_size = pl.col("ecart_retenu").abs()
    judged = rows.filter(pl.col("p_sans_ecart").is_not_null()).sort(
        by_size, descending=True, maintain_order=True
    )
    if judged.height <= UNITES_SURES or (judged["signal"] == "signale").sum() < 2:
        return None
    gaps, errors = (judged[c].to_numpy() for c in ("ecart_ajuste", "erreur_type"))
    # The variance between all of them was found with the gaps.
    if not varies_less([(gaps[1:], errors[1:] ** 2)], judged["tau2"][0] / 2):
        return None
    return (
        f"{judged['unite'][0]} est à elle seule loin de toutes les autres, qui diffèrent peu entre "
        "elles : parmi celles-ci, les écarts à examiner peuvent être faux trois fois plus souvent "
        "qu’annoncé."
    )


def _few(rows: pl.DataFrame) -> str | None:
    """Say that units are too few and too small for the announced number to be relied on."""
    judged = rows.filter(pl.col("p_sans_ecart").is_not_null())
    small = pl.col("erreur_type").median() > pl.col("alerte_ecart").first()
    if not 0 < judged.height <= UNITES_SURES or not judged.select(small).item():
        return None
    return (
        f"Les unités sont peu nombreuses ({formats.format_integer(judged.height)}) et petites : on y "
        "sait mal de combien elles diffèrent d’ordinaire, et les faux signaux peuvent être deux fois "
        "plus nombreux qu’annoncé, ou davantage si elles diffèrent en fait très peu. Un écart signalé "
        "ici est à confirmer, par exemple en corrigeant de nouveau quelques copies."
    )


def _sorted(rows: pl.DataFrame) -> str | None:
    """Say that units of very different levels all lean on λ."""
    share = rows["part_niveaux"].max()
    if share is None or share < _NIVEAUX_TRIES:  # pyright: ignore[reportOperatorIssue]
        return None
    said = (
        f"Les unités ont des candidats de niveaux très différents ({formats.format_percent(share)} "  # pyright: ignore
        "de ce qui sépare les candidats aux ancres est entre unités) : une erreur sur λ déplacerait "
        "ensemble les écarts des plus fortes et des plus faibles, et les faux signaux viendraient "
        "alors par groupes"
    )
    few = rows.filter(pl.col("p_sans_ecart").is_not_null()).height <= UNITES_SURES
    return (
        f"{said}, jusqu’à deux fois plus nombreux qu’annoncé avec si peu d’unités."
        if few
        else f"{said}."
    )


def _anchors(omega2: float | None) -> str:
    if omega2 is None:
        return "L’accord des ancres entre elles n’a pas pu être vérifié."
    if omega2**0.5 < _DESACCORD_NOTABLE:
        return "Les ancres s’accordent sur le niveau de chaque unité."
    return (
        f"Les ancres ne s’accordent pas tout à fait sur une même unité (écart type "
        f"{formats.format_number(omega2**0.5)} point, par exemple un correcteur par lot de copies) : "
        "l’incertitude des écarts en tient compte."
    )


def _shape(rows: pl.DataFrame) -> str:
    if _first(rows, "courbure") is None:
        return "La forme de la relation entre la note et les ancres n’a pas pu être vérifiée."
    largest = rows["correction_courbure"].drop_nulls().abs().max()
    if not largest:
        return "La note suit les ancres en ligne droite, autant qu’on puisse le voir."
    return (
        "La note suit les ancres selon une courbe et non une droite : les écarts en tiennent compte "
        f"(jusqu’à {formats.format_number(largest)} point pour une unité)."  # pyright: ignore
    )


def _academie(follows: pl.Series) -> str:
    if follows.is_empty():
        return (
            "Les unités comparées entre elles ne viennent pas d’assez d’académies pour comparer "
            "celles-ci."
        )
    if not follows.any():
        return "Les écarts ne suivent pas l’académie."
    reason = formats.curl(LIBELLES[Motif.SUIT_ACADEMIE])
    return f"{formats.begin(reason)}."


def _is_about_commissions(rows: pl.DataFrame) -> bool:
    return (rows["type_unite"] == "commission").all()


def _commissions(rows: pl.DataFrame) -> str:
    if not rows["commission_connue"].drop_nulls().any():
        return (
            "Les commissions ne sont pas connues : on ne peut pas dire si elles diffèrent à "
            "l’intérieur d’une unité. L’écart de l’unité n’en dépend pas."
        )
    apart = rows.filter(pl.col("commissions_distinctes").fill_null(value=False)).sort("unite")
    if apart.is_empty():
        return "À l’intérieur d’une unité, les commissions ne diffèrent pas plus que le hasard."
    named = [
        f"{unite} (écart type {formats.format_number(spread)} point)"
        for unite, spread in apart.select("unite", "ecart_type_commissions").iter_rows()
    ]
    return (
        "À l’intérieur de ces unités, les commissions diffèrent entre elles plus que le hasard : "
        f"{formats.join_words(named, 6)}."
    )
