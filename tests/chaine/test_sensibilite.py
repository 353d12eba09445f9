"""Decided all at once, other coefficients change what they change decided one after the other."""

from decimal import Decimal
from pathlib import Path

import polars as pl

from perequation.jury.sensibilite import read_changes
from perequation.socle import couches, entrepot
from perequation.socle.dossier import load_reglements
from perequation.socle.lecture import open_lecture

LUES = (
    "staging.candidat",
    "intermediate.note_premier_groupe",
    "reference.specialite",
    "reference.regime",
    "reference.regle_decision",
    "reference.parametre",
)
REFAITES = tuple(
    f"intermediate.{nom}" for nom in ("note_retenue", "points_candidat", "decision_calculee")
)


def decide(published: Path, coefficients: dict[str, Decimal]) -> dict[str, str]:
    """Decide every candidate of a warehouse under some coefficients, in a warehouse of its own."""
    with entrepot.open_scratch(published) as con:
        for relation in LUES:
            con.execute(f"create view {relation} as select * from publie.{relation}")
        con.execute("create table reference.epreuve as select * from publie.reference.epreuve")
        for epreuve, coefficient in coefficients.items():
            con.execute(
                "update reference.epreuve set coefficient = ? where epreuve = ?",
                [coefficient, epreuve],
            )
        couches.build_relations(con, REFAITES)
        return dict(
            con.execute(
                "select numero_candidat, decision_calculee from intermediate.decision_calculee"
            ).fetchall()
        )


def test_all_at_once_as_one_after_the_other(publie: Path) -> None:
    lecture = open_lecture(str(publie), 2023, "CCST")
    (reglement,) = load_reglements(lecture.dossier)
    changes = read_changes(lecture)
    decided = changes.partition_by("repartition", maintain_order=True)
    assert len(decided) == len(reglement.repartitions) > 5
    for rows, coefficients in zip(decided, reglement.repartitions, strict=True):
        expected = decide(lecture.entrepot, dict(coefficients))
        assert dict(rows.select("numero_candidat", "decision_autre").iter_rows()) == expected
        assert rows["numero_candidat"].is_sorted()
    changed = changes.filter(pl.col("decision_autre") != pl.col("decision_calculee"))
    assert not changed.is_empty()
