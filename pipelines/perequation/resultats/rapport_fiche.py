"""What the fiche of an establishment or of a centre says: itself beside the session, no ranks."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import polars as pl

from perequation.presentation import lexique
from perequation.presentation.lexique import code_label
from perequation.presentation.publie import Publie
from perequation.presentation.tableaux import table
from perequation.presentation.textes import (
    Fragment,
    box,
    bullets,
    fill,
    key_figures,
    paragraph,
    stack,
)
from perequation.socle import formats

# What fits on two sheets.
MAXIMUM = 6

_NUMBERS = 4

_MAILLES = {"etablissement": "établissement", "centre_ecrit": "centre d’écrit"}

_CONCLUSIONS = {
    "signale": "écart à examiner",
    "a_surveiller": "à surveiller",
    "aucun": "rien à signaler",
}


class Shown(Protocol):
    """What a fiche shows (see `resultats.fiche.Fiche`)."""

    @property
    def maille(self) -> str: ...  # noqa: D102
    @property
    def minimum(self) -> int: ...  # noqa: D102
    @property
    def assez(self) -> bool: ...  # noqa: D102
    @property
    def provisoires(self) -> int: ...  # noqa: D102
    @property
    def reglement_confirme(self) -> bool: ...  # noqa: D102
    @property
    def reserves_reglement(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def origines(self) -> int: ...  # noqa: D102
    @property
    def reussite(self) -> Publie: ...  # noqa: D102
    @property
    def composition(self) -> Publie: ...  # noqa: D102
    @property
    def epreuves(self) -> Publie: ...  # noqa: D102
    @property
    def ecarts(self) -> Publie: ...  # noqa: D102
    @property
    def effectifs(self) -> Publie: ...  # noqa: D102
    @property
    def problemes(self) -> Publie: ...  # noqa: D102


def headline(fiche: Shown) -> Fragment:
    """Return the key figures, or say that there are too few candidates to publish them."""
    own, session = _rows(fiche)
    integer, percent = formats.format_integer, formats.format_percent
    figures = [(integer(own["inscrits"]), "Inscrits", _circular(fiche))]
    if not fiche.assez:
        return stack(key_figures(figures), _too_few(fiche))
    interval = formats.format_percent_interval(own["taux_bas"], own["taux_haut"])
    figures += [
        (integer(own["presents"]), "Présents", f"sur {integer(own['inscrits'])} inscrits"),
        (integer(own["admis"]), "Admis", "après contrôle compris"),
        (percent(own["taux_reussite"]), "Taux de réussite", f"des présents ; {interval}"),
        (formats.format_mark(own["moyenne_generale"]), "Moyenne générale", _marks(own)),
    ]
    return stack(key_figures(figures), bullets(_sentences(fiche, own, session)))


def reserves(fiche: Shown) -> Fragment | None:
    """Return what weakens the figures of this fiche, or nothing."""
    items: list[Fragment] = []
    if fiche.provisoires:
        count = formats.format_count(
            fiche.provisoires,
            "candidat a un résultat provisoire",
            "candidats ont un résultat provisoire",
        )
        items.append(fill("{n} : des notes ne sont pas définitives.", n=count))
    if not fiche.reglement_confirme:
        items.append(fill("Le règlement employé pour les moyennes n’est pas confirmé."))
    items += [fill("{x}", x=formats.curl(words)) for words in fiche.reserves_reglement]
    return box("avertissement", bullets(items)) if items else None


def who(fiche: Shown) -> Fragment:
    """Say who the candidates are, in counts."""
    own, _ = _rows(fiche)
    if own["inscrits"] < fiche.minimum:
        return paragraph("{n}.", n=formats.format_count(own["inscrits"], "candidat inscrit"))
    parts = {
        name: formats.join_words(
            f"{label} {formats.format_integer(n)}" for label, n in _composition(fiche, column)
        )
        for name, column in (("Statut", "statut"), ("forme", "forme"), ("sexe", "sexe"))
    }
    text = " ; ".join(f"{name} : {part}" for name, part in parts.items() if part)
    if fiche.maille == "centre_ecrit":
        origins = formats.format_count(fiche.origines, "établissement")
        text += f". Les candidats viennent {'d’un établissement' if fiche.origines == 1 else f'de {origins}'}"
    return paragraph("{text}.", text=text)


def gaps(fiche: Shown) -> Fragment:
    """Return the gaps of the unit, with what they do and do not say."""
    rows = fiche.ecarts
    judged = rows.filter(pl.col("signal") != "indisponible")
    if not fiche.assez or judged.is_empty():
        return paragraph("{why}", why=_no_analysis(fiche, rows))
    silent = rows.filter(pl.col("signal") == "indisponible")
    return stack(
        paragraph(
            "Un écart à examiner n’est ni une faute ni une preuve : à partir des seules notes, "
            "une notation différente et un enseignement plus efficace sur l’épreuve ne se "
            "distinguent pas. Relire un échantillon de dossiers est la meilleure suite."
        ),
        _gaps_table(judged),
        paragraph("Non analysé : {x}.", x=formats.join_words(silent["epreuve"]))
        if silent.height
        else None,
    )


def problems(fiche: Shown) -> Fragment:
    """Return what is to be corrected in the data, rule by rule."""
    numbers = pl.Series(
        "candidats",
        [formats.join_words(x, _NUMBERS) for x in fiche.problemes["candidats"]],
        dtype=pl.String,
    )
    rows = fiche.problemes.with_columns(numbers)
    columns = ["probleme", "nb", "epreuves", "candidats", "remede"]
    if fiche.maille == "centre_ecrit":
        columns.remove("candidats")
    return table(
        rows,
        columns,
        identifier="a-corriger",
        caption="À corriger ou à vérifier",
        labels={
            "probleme": "Constat",
            "nb": "Cas",
            "epreuves": "Épreuves",
            "candidats": "Candidats",
            "remede": "Que faire",
        },
        natures={"nb": "entier"},
        limit=MAXIMUM,
        elsewhere="demandez la suite au service des examens",
        empty="Rien à corriger dans les données reçues.",
        dense=True,
    )


def words() -> Fragment:
    """Return how to read the figures, in one paragraph: two sheets hold no lexicon."""
    terms = ("Présent", "Taux de réussite", "Écart retenu")
    text = " ".join(f"{word} : {meaning}" for word, meaning in lexique.entries(*terms))
    interval = (
        "Intervalle à 95 % : les valeurs compatibles avec ce qui est observé (Wilson pour les "
        "taux, Student pour les moyennes)."
    )
    return Fragment(f'<p class="pq-note">{fill("{x} {i}", x=text, i=interval).html}</p>')


def _rows(fiche: Shown) -> tuple[dict[str, Any], dict[str, Any]]:
    own, session = fiche.reussite.to_dicts()
    return own, session


def _too_few(fiche: Shown) -> Fragment:
    return box(
        "information",
        paragraph(
            "Moins de {n} présents : les résultats de cet {maille} ne sont pas publiés. Un taux ou "
            "une moyenne sur si peu de candidats en dirait trop de chacun, et trop peu de "
            "l’ensemble."
            if fiche.maille == "etablissement"
            else "Moins de {n} présents : les résultats de ce {maille} ne sont pas publiés.",
            n=fiche.minimum,
            maille=_MAILLES[fiche.maille],
        ),
    )


def _circular(fiche: Shown) -> str:
    rows = fiche.effectifs.drop_nulls("attendus")
    if rows.is_empty():
        return "effectif absent de la circulaire" if fiche.effectifs.height else ""
    expected = formats.format_count(rows["attendus"][0], "attendu")
    return f"{expected} d’après la circulaire"


def _place(whole: Any, low: Any, high: Any) -> str:
    """Say where the session's mean is; nothing where no interval could be computed."""
    if low is None:
        return ""
    return " (dans l’intervalle)" if low <= whole <= high else " (hors de l’intervalle)"


def _marks(own: Mapping[str, Any]) -> str:
    low, high = own["moyenne_basse"], own["moyenne_haute"]
    if low is None:
        return "premier groupe"
    return f"premier groupe ; de {formats.format_mark(low)} à {formats.format_mark(high)}"


def _sentences(
    fiche: Shown, own: Mapping[str, Any], session: Mapping[str, Any]
) -> Iterator[Fragment]:
    yield fill("{x}", x=_rate_sentence(own, session))
    if (mean := session["moyenne_generale"]) is not None and own["moyenne_generale"] is not None:
        yield fill(
            "Moyenne générale : {own}, contre {whole} dans la session{tail}.",
            own=formats.format_mark(own["moyenne_generale"]),
            whole=formats.format_mark(mean),
            tail=_place(mean, own["moyenne_basse"], own["moyenne_haute"]),
        )
    flagged = fiche.ecarts.filter(pl.col("signal") == "signale")["epreuve"]
    if flagged.len():
        yield fill("<strong>Écart à examiner</strong> : {x}.", x=formats.join_words(flagged))
    for row in fiche.ecarts.filter(
        pl.col("decision").is_not_null(), ~pl.col("est_commune")
    ).to_dicts():
        yield fill("<strong>{e}</strong> : {x}.", e=row["epreuve"], x=_decided(row))
    for row in fiche.effectifs.drop_nulls("ecart").filter(pl.col("ecart") != 0).to_dicts():
        yield fill(
            "<strong>Effectif différent de la circulaire</strong> : {a} attendus, {c} inscrits.",
            a=row["attendus"],
            c=row["constates"],
        )
    if fiche.problemes.height:
        count = formats.format_count(fiche.problemes.height, "point")
        yield fill("{n} à corriger ou à vérifier dans les données.", n=count)


def _decided(row: Mapping[str, Any]) -> str:
    """Say what the harmonisation meeting decided of the unit's marks, and where it stands."""
    if row["decision"] == "MAINTIEN":
        return "la réunion d’harmonisation a maintenu les notes de l’établissement"
    where = {
        "suivie": "les notes l’ont suivi",
        "a_reporter": "les notes harmonisées ne sont pas encore connues",
    }.get(row["suite_donnee"], "toutes les notes ne l’ont pas suivi")
    shift = formats.format_gap(row["decalage_decide"])
    return f"la réunion d’harmonisation a décidé un décalage de {shift} point ; {where}"


def _rate_sentence(own: Mapping[str, Any], session: Mapping[str, Any]) -> str:
    percent = formats.format_percent
    if own["taux_reussite"] is None:
        return (
            "Taux de réussite : non publié, parce qu’il dirait le résultat de chacun ou en "
            "révélerait d’autres. L’établissement connaît les siens."
        )
    said = f"Taux de réussite : {percent(own['taux_reussite'])}"
    if session["taux_reussite"] is None or own["taux_bas"] is None:
        return f"{said}. Le chiffre de la session n’est pas donné : il en révélerait d’autres."
    whole = f"{said}, contre {percent(session['taux_reussite'])} dans la session"
    interval = formats.format_percent_interval(own["taux_bas"], own["taux_haut"])
    if own["taux_bas"] <= session["taux_reussite"] <= own["taux_haut"]:
        return f"{whole}, dans l’intervalle {interval} : la différence peut tenir au hasard."
    return (
        f"{whole}, hors de l’intervalle {interval} : un taux brut ne dit rien de plus, les candidats "
        "n’étant pas les mêmes et plusieurs établissements étant regardés à la fois."
    )


def _composition(fiche: Shown, column: str) -> Iterator[tuple[str, int]]:
    rows = fiche.composition.filter(pl.col("colonne") == column)
    for value, n in rows.select("valeur", "n").iter_rows():
        yield code_label(value).lower(), n


def _gaps_table(rows: Publie) -> Fragment:
    shown = rows.with_columns(
        pl.col("signal").replace(_CONCLUSIONS),
        intervalle=pl.struct("ic_bas", "ic_haut").map_elements(
            lambda row: formats.format_gap_interval(row["ic_bas"], row["ic_haut"]),
            return_dtype=pl.String,
        ),
    )
    return table(
        shown,
        [
            "epreuve",
            "titre",
            "etape",
            "n",
            "moyenne_attendue",
            "ecart_retenu",
            "intervalle",
            "signal",
        ],
        identifier="ecarts",
        caption="Écarts aux notes attendues, en points sur 20",
        labels={
            "moyenne_attendue": "Attendue",
            "intervalle": "Intervalle (95 %)",
            "etape": "Notes",
            "titre": "",
        },
        natures={"moyenne_attendue": "note", "intervalle": "ecart"},
        marked=pl.col("signal") == _CONCLUSIONS["signale"],
        note="Attendue : ce que laissent attendre les notes anonymes des mêmes candidats. Positif "
        ": notes plus hautes. Écart à examiner : au moins 90 chances sur 100 que l’écart dépasse "
        "le seuil de la session, et plus de différences dans l’épreuve que n’en fait le hasard ; à "
        "surveiller : au moins 80, ou 90 quand le hasard suffit.",
        dense=True,
    )


def _no_analysis(fiche: Shown, rows: Publie) -> str:
    if fiche.maille == "centre_ecrit" and rows.is_empty():
        return (
            "Un centre d’écrit n’est pas une unité de notation : les copies y sont composées, non "
            "corrigées. Il n’a donc pas d’écart."
        )
    reasons = rows["motif_indisponible"].drop_nulls().unique().sort()
    why = f" ({formats.join_words(reasons)})" if reasons.len() and fiche.assez else ""
    return f"Pas d’analyse possible : effectifs ou notes anonymes insuffisants{why}."
