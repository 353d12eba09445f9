"""What the session report says of earlier sessions: rates and averages over the years."""

from typing import Any, Protocol

import polars as pl

from perequation.presentation import graphiques
from perequation.presentation.publie import Publie
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, box, bullets, paragraph, stack
from perequation.socle import formats

_AXES = {
    "statut": "le statut",
    "sexe": "le sexe",
    "forme": "la forme de l’examen",
    "etablissement": "l’établissement",
}


class Change(Protocol):
    """A change of numbering (see `perequation.socle.correspondance.Correspondance`)."""

    @property
    def premiere_session(self) -> int:
        """First session of the new numbering."""
        ...

    @property
    def source(self) -> str:
        """Where it is written."""
        ...

    @property
    def reserves(self) -> tuple[str, ...]:
        """What is not sure about it."""
        ...


class Earlier(Protocol):
    """What these tables need to know (see `perequation.resultats.anterieures.Anterieures`)."""

    @property
    def demandees(self) -> bool:
        """Whether the session names earlier ones."""
        ...

    @property
    def reussite(self) -> Publie:
        """Rates by session."""
        ...

    @property
    def structure(self) -> Publie:
        """Change of rate, split."""
        ...

    @property
    def epreuves(self) -> Publie:
        """Averages by session and épreuve."""
        ...

    @property
    def absentes(self) -> tuple[str, ...]:
        """Folders without results."""
        ...

    @property
    def renumerotations(self) -> tuple[Change, ...]:
        """Changes of numbering."""
        ...


def rates_chart(earlier: Earlier) -> Any:
    """Return the chart of rates over the sessions, or say that there is nothing to compare."""
    rows = earlier.reussite.with_columns(modalite=pl.col("session").cast(pl.String))
    if rows.is_empty():
        return Fragment("")
    return graphiques.rates(rows, "session")


def rates_table(earlier: Earlier) -> Fragment:
    """Return the rates over the sessions, and the sessions that could not be read."""
    missing = _missing(earlier)
    if not earlier.demandees:
        return paragraph(
            "Aucune session antérieure n’est indiquée dans les réglages de cette session."
        )
    if earlier.reussite.is_empty():
        return stack(missing, paragraph("Aucune session antérieure à laquelle comparer celle-ci."))
    shown = table(
        earlier.reussite.with_columns(
            intervalle=pl.struct("taux_bas", "taux_haut").map_elements(
                lambda row: formats.format_percent_interval(row["taux_bas"], row["taux_haut"]),
                return_dtype=pl.String,
            )
        ),
        [
            "session",
            "inscrits",
            "presents",
            "admis",
            "taux_reussite",
            "intervalle",
            "moyenne_generale",
        ],
        identifier="sessions-taux",
        caption="Taux de réussite par session",
        labels={
            "taux_reussite": "Taux",
            "intervalle": "Intervalle (95 %)",
            "moyenne_generale": "Moyenne",
        },
        natures={"intervalle": "taux"},
        note="Taux : admis rapportés aux présents, intervalle de Wilson à 95 %, selon ce que "
        "chaque dossier de session a publié. Les candidats, les sujets et parfois les règles "
        "changent d’une session à l’autre : une différence ne dit pas ce qui a changé.",
    )
    return stack(missing, shown)


def changes(earlier: Earlier) -> Fragment | None:
    """Say how the rate moved since each earlier session, with its interval; or why it isn't said."""
    moved = earlier.reussite.filter(pl.col("ecart_taux").is_not_null())
    waiting = earlier.reussite.filter("est_en_attente")
    said = [paragraph("{x}", x=_said_change(row)) for row in moved.to_dicts()]
    if waiting.height:
        said.append(
            paragraph(
                "Non comparé : des décisions sont encore attendues après le contrôle (session {x}), et "
                "les candidats appelés n’y comptent pas parmi les admis.",
                x=", ".join(str(annee) for annee in waiting["session"]),
            )
        )
    return stack(*said) if said else None


def _said_change(row: dict[str, Any]) -> str:
    change, low, high = (_points(row[f"ecart_{name}"]) for name in ("taux", "bas", "haut"))
    sure = row["ecart_bas"] > 0 or row["ecart_haut"] < 0
    said = (
        "plus que ce que le hasard explique d’une session à l’autre"
        if sure
        else "le hasard suffit à l’expliquer"
    )
    return (
        f"Depuis {row['session']}, le taux de réussite a changé de {change} point"
        f"{'s' if abs(row['ecart_taux']) >= 0.02 else ''} (de {low} à {high}, à 95 %) : {said}."
    )


def _points(ratio: float | None) -> str:
    return formats.format_number(None if ratio is None else ratio * 100, 1, sign=True)


def _tenths(ratio: pl.Expr) -> pl.Expr:
    """Round a ratio to a tenth of a point, half up, as it is printed."""
    return (ratio * 100).round(9).round(1, mode="half_away_from_zero") / 100


def structure_table(earlier: Earlier) -> Fragment | None:
    """Return how much of each change of rate comes from who sat the exam."""
    whole = _tenths(pl.col("composition") + pl.col("reussite"))
    part = _tenths(pl.col("composition"))
    # Rounded so that they add up to the change of rate as it is printed.
    rows = earlier.structure.with_columns(composition=part, reussite=whole - part).with_columns(
        pl.col("maille").replace_strict(_AXES, default=pl.col("maille")),
        pl.col("composition", "reussite").map_elements(
            _points, return_dtype=pl.String, skip_nulls=True
        ),
    )
    if rows.is_empty():
        return None
    return table(
        rows.sort("session", descending=True, maintain_order=True),
        ["session", "maille", "composition", "reussite"],
        identifier="structure",
        caption="Ce qui vient de la composition des candidats, en points de pourcentage",
        labels={
            "maille": "Selon",
            "composition": "Effet de structure",
            "reussite": "Taux des groupes",
        },
        natures={"composition": "taux", "reussite": "taux"},
        note="Les deux parts s’ajoutent et font l’évolution du taux (décomposition de Kitagawa). "
        "Effet de structure : ce que le taux aurait gagné ou perdu si seule la répartition des "
        "candidats avait changé. Les groupes dont le résultat n’est pas publié y sont réunis.",
    )


def averages_chart(earlier: Earlier) -> Any:
    """Return the chart of averages by épreuve over the sessions, when there is one to draw."""
    known = earlier.epreuves.filter(pl.col("moyenne").is_not_null())
    rows = known.filter(pl.col("session").n_unique().over("epreuve") > 1)
    if rows.is_empty():
        return Fragment("")
    return graphiques.sessions_compared(
        rows.sort("rang", "session").with_columns(pl.col("session").cast(pl.String))
    )


def averages_table(earlier: Earlier) -> Fragment | None:
    """Return the averages by épreuve, one column per session, and what can't be compared."""
    if earlier.epreuves.is_empty():
        return None
    sessions = [str(annee) for annee in earlier.epreuves["session"].unique().sort()]
    latest = (
        earlier.epreuves.drop_nulls("ecart")
        .sort("session")
        .filter(pl.col("session") == pl.col("session").max())
    )
    since = f"depuis {latest['session'][0]}" if latest.height else "depuis"
    moved = dict(
        latest.select("epreuve", pl.struct("ecart", "ecart_bas", "ecart_haut")).iter_rows()
    )
    rows = earlier.epreuves.with_columns(
        pl.col("session").cast(pl.String),
        texte=pl.struct(
            "epreuve", "epreuve_alors", "n", "moyenne", "moyenne_basse", "moyenne_haute"
        ).map_elements(_cell, return_dtype=pl.String),
    ).pivot("session", index=["epreuve", "titre", "rang"], values="texte")
    changed = [_changed(moved.get(epreuve)) for epreuve in rows["epreuve"]]
    rows = rows.with_columns(pl.Series(since, changed, pl.String))
    shown = table(
        rows.sort("rang"),
        ["epreuve", "titre", *sessions, *([since] if moved else [])],
        identifier="sessions-epreuves",
        caption="Moyenne par épreuve et session",
        labels={name: name for name in sessions} | {since: since.capitalize()},
        natures=dict.fromkeys((*sessions, since), "note"),
        note="Moyenne ± demi-largeur de l’intervalle à 95 % (nombre de notes) ; évolution avec son "
        "intervalle à 95 % (Welch). Les candidats et les sujets changent : une différence ne dit "
        "pas ce qui a changé. Épreuves sous leur numéro de cette session ; un autre numéro, "
        "alors, est indiqué. "
        "« – » : sans correspondance connue, ou trop peu de notes pour être publié.",
        dense=True,
    )
    return stack(_renumbered(earlier), shown)


def _cell(row: dict[str, Any]) -> str:
    if row["moyenne"] is None:
        return formats.MISSING
    then = "" if row["epreuve_alors"] == row["epreuve"] else f"{row['epreuve_alors']} : "
    around = ""
    if row["moyenne_haute"] is not None:
        around = f" ± {formats.format_mark(row['moyenne_haute'] - row['moyenne'])}"
    return (
        f"{then}{formats.format_mark(row['moyenne'])}{around} ({formats.format_integer(row['n'])})"
    )


def _changed(change: dict[str, float] | None) -> str:
    if change is None:
        return formats.MISSING
    interval = formats.format_gap_interval(change["ecart_bas"], change["ecart_haut"])
    return f"{formats.format_gap(change['ecart'])} {interval}"


def _missing(earlier: Earlier) -> Fragment | None:
    if not earlier.absentes:
        return None
    names = ", ".join(f"« {name} »" for name in earlier.absentes)
    return box(
        "information",
        paragraph(
            "Sans résultats d’une autre session antérieure de cette spécialité, donc non "
            "comparé : {names}.",
            names=names,
        ),
    )


def _renumbered(earlier: Earlier) -> Fragment | None:
    if not earlier.renumerotations:
        return None
    said = [
        f"Les épreuves changent de numéro à partir de la session {each.premiere_session} "
        f"({each.source}). {' '.join(each.reserves)}"
        for each in earlier.renumerotations
    ]
    return box("information", bullets(said))
