"""What the session report says of earlier sessions: rates and averages over the years."""

from typing import Any, Protocol

import polars as pl

from perequation.presentation import graphiques
from perequation.presentation.publie import Publie
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, box, bullets, paragraph, stack
from perequation.socle import formats


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
            "Aucune session antérieure n’est indiquée : <code>sessions_precedentes</code>, dans "
            "<code>session.toml</code>, nomme leurs dossiers."
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
    rows = earlier.epreuves.with_columns(
        pl.col("session").cast(pl.String),
        texte=pl.struct("epreuve", "epreuve_alors", "n", "moyenne").map_elements(
            _cell, return_dtype=pl.String
        ),
    ).pivot("session", index=["epreuve", "titre", "rang"], values="texte")
    shown = table(
        rows.sort("rang"),
        ["epreuve", "titre", *sessions],
        identifier="sessions-epreuves",
        caption="Moyenne par épreuve et session (nombre de notes)",
        labels={name: name for name in sessions},
        natures=dict.fromkeys(sessions, "note"),
        note="Épreuves sous leur numéro de cette session ; un autre numéro, alors, est indiqué. "
        "« – » : sans correspondance connue, ou trop peu de notes pour être publié.",
        dense=True,
    )
    return stack(_renumbered(earlier), shown)


def _cell(row: dict[str, Any]) -> str:
    if row["moyenne"] is None:
        return formats.MISSING
    then = "" if row["epreuve_alors"] == row["epreuve"] else f"{row['epreuve_alors']} : "
    return f"{then}{formats.format_mark(row['moyenne'])} ({formats.format_integer(row['n'])})"


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
