"""What the controls found, in French: for the exit code, the log and the reports."""

from collections import Counter
from dataclasses import dataclass

from perequation.controles.suites import Gravite, Regle
from perequation.socle.formats import format_count, free_spaces


@dataclass(frozen=True)
class ResultatRegle:
    """What one rule found.

    Attributes
    ----------
    regle
        The rule.
    gravite
        Its severity in this session.
    reussi
        Whether it holds; None when it was not run.
    nb_testes
        Rows of its relation.
    nb_anomalies
        Rows that break it.
    message
        What was found, in one French line.
    exemples
        The first anomalies, each with file and line.
    """

    regle: Regle
    gravite: Gravite
    reussi: bool | None
    nb_testes: int
    nb_anomalies: int
    message: str
    exemples: tuple[str, ...] = ()

    @property
    def lignes(self) -> tuple[str, ...]:
        """The rule and its first anomalies, one line each."""
        return (f"{self.regle.libelle} {self.message}", *self.exemples)


@dataclass(frozen=True)
class Bilan:
    """Results of every rule that was asked for."""

    resultats: tuple[ResultatRegle, ...]

    def failures(self, gravite: Gravite) -> tuple[ResultatRegle, ...]:
        """Return the rules of a severity that do not hold."""
        return tuple(r for r in self.resultats if r.reussi is False and r.gravite == gravite)

    @property
    def critiques(self) -> tuple[ResultatRegle, ...]:
        """The rules that block publication."""
        return self.failures("critique")

    @property
    def avertissements(self) -> tuple[ResultatRegle, ...]:
        """The rules that warn."""
        return self.failures("avertissement")

    @property
    def non_executees(self) -> tuple[ResultatRegle, ...]:
        """The rules that could not be run, for want of what they read."""
        return tuple(r for r in self.resultats if r.reussi is None)

    @property
    def lignes(self) -> tuple[str, ...]:
        """What blocks, in French lines: what, how many, where."""
        return tuple(ligne for resultat in self.critiques for ligne in resultat.lignes)

    @property
    def comptes(self) -> dict[str, int]:
        """Rules by outcome and anomalies by severity, for the log."""
        issues = Counter(
            "non_executees" if r.reussi is None else "tenues" if r.reussi else r.gravite
            for r in self.resultats
        )
        anomalies = Counter[str]()
        for resultat in self.resultats:
            anomalies[resultat.gravite] += resultat.nb_anomalies
        return {
            "regles": len(self.resultats),
            "tenues": issues["tenues"],
            "non_executees": issues["non_executees"],
            "critiques": issues["critique"],
            "avertissements": issues["avertissement"],
            "infos": issues["info"],
            **{f"anomalies_{gravite}": n for gravite, n in sorted(anomalies.items())},
        }

    def __str__(self) -> str:
        """One line: how many rules hold, block, warn, inform, were not run."""
        c = self.comptes
        parts = [
            format_count(c["tenues"], "règle tenue", "règles tenues"),
            format_count(c["critiques"], "bloquante"),
            format_count(c["avertissements"], "avertissement"),
            format_count(c["infos"], "information"),
        ]
        if c["non_executees"]:
            parts.append(format_count(c["non_executees"], "non exécutée", "non exécutées"))
        return free_spaces(", ".join(parts))
