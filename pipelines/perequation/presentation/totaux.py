"""How many are admitted, and from what: the sentence that ties together the totals of the reports."""

from dataclasses import dataclass

import polars as pl

from perequation.presentation.textes import Fragment, fill, paragraph
from perequation.socle import formats


@dataclass(frozen=True)
class Admis:
    """Who is admitted, told apart once each: `total` is the sum, `ecartes` counting as negative."""

    calcules: int
    ecartes: int
    repeches: int
    apres_controle: int

    @property
    def total(self) -> int:
        """Admitted by the decision in force."""
        return self.calcules - self.ecartes + self.repeches + self.apres_controle


def count_admitted(resultats: pl.DataFrame) -> Admis:
    """Count the admitted of `marts.resultat_candidat`: by the rules, by the jury, by the contrôle."""
    proposed = pl.col("decision_calculee") == "ADMIS"
    final = (pl.col("decision_finale") == "ADMIS").fill_null(value=False)
    called = pl.col("est_appele")
    counts = resultats.select(
        calcules=proposed.sum(),
        ecartes=(proposed & (called | ~final)).sum(),
        repeches=(~proposed & ~called & final).sum(),
        apres_controle=(called & final).sum(),
    )
    return Admis(*counts.row(0))


def bridge(resultats: pl.DataFrame) -> Fragment:
    """Say how the admitted by the rules become those of the results; nothing where they are.

    Parameters
    ----------
    resultats
        `marts.resultat_candidat`.
    """
    admis = count_admitted(resultats)
    if admis.total == admis.calcules and not admis.ecartes:
        return fill("")
    integer = formats.format_integer
    steps = [f"{integer(admis.calcules)} par le calcul au premier groupe"]
    if admis.ecartes:
        steps.append(f"moins {integer(admis.ecartes)} pour qui le jury a décidé autrement")
    if admis.repeches:
        steps.append(f"plus {integer(admis.repeches)} par décision du jury")
    if admis.apres_controle:
        steps.append(f"plus {integer(admis.apres_controle)} après contrôle")
    return paragraph(
        "{total} en tout, comme dans les résultats : {steps}.",
        total=formats.format_count(admis.total, "admis", "admis"),
        steps=", ".join(steps),
    )
