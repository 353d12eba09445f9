"""The rules of the first group's decision as dated, sourced data: thresholds and words.

`regles/decision.toml` is their only place. SQL reads them in `reference.regime` and
`reference.regle_decision`, texts through `rules_at`.
"""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from perequation.socle.donnee import Donnee, Provenance
from perequation.socle.fautes import read_model
from perequation.socle.ressources import PACKAGE

Seuil = Annotated[Decimal, Field(gt=0, le=20, decimal_places=2)]
Decision = Literal["ADMIS", "CONTROLE", "REFUSE", "ELIMINE", "INCOMPLET", "EN_COURS"]
DuJury = Literal["ADMIS", "CONTROLE", "REFUSE", "ELIMINE"]
OUVERTURE = "ouverture"
# The rule that calls to the contrôle, by kind of contrôle.
CONTROLES = {"exceptionnel": "controle_2021", "permanent": "controle"}
# How far below a threshold an average is close to it, in points.
PROCHE = Decimal("0.5")
# Marks in the words: those of the regime, and those of the candidate, which SQL fills in.
_DU_REGIME = frozenset({"admission", "appel", "professionnelle", OUVERTURE, "session"})
_DU_CANDIDAT = frozenset(
    {"generale", "moyenne_pro", "absences", "non_valides", "fraudes", "sans_note"}
)
_MARQUE = re.compile(r"\{(\w*)\}")


class Regime(Donnee):
    """Thresholds and contrôle of every session from one on, until the next regime's.

    Attributes
    ----------
    admission, appel, professionnelle
        Averages from which a candidate is admitted, and called to the contrôle (both).
    facultatives_au_dessus_de
        The mark above which an optional épreuve brings points.
    conservee_a_partir_de
        The mark, or the mean of a whole épreuve, from which a refused candidate may keep it.
    controle
        `permanent` is computed; `exceptionnel` calls but its outcome was the jury's.
    benefice
        Whether a mark is kept for a whole épreuve or for each of its units.
    limite
        Why a jury doesn't call anyone else than the rules do, with its article.
    """

    code: str = Field(min_length=1)
    premiere_session: int = Field(ge=2000, le=2100)
    admission: Seuil
    appel: Seuil
    professionnelle: Seuil
    facultatives_au_dessus_de: Seuil
    conservee_a_partir_de: Seuil
    facultatives_maximales: int = Field(ge=0, le=10)
    controle: Literal["aucun", "exceptionnel", "permanent"]
    epreuves_au_controle: int = Field(ge=0, le=5)
    benefice: Literal["epreuve", "unite"]
    limite: str = ""
    sources: tuple[Provenance, ...] = Field(min_length=1)
    reserves: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _calls_below_what_admits(self) -> Self:
        if self.appel > self.admission:
            raise ValueError("appel : au-dessus du seuil d'admission")
        if inconnues := _marks(self.limite) - _DU_REGIME:
            raise ValueError(f"{self.code} : repère inconnu ({', '.join(sorted(inconnues))})")
        return self


class RegleDecision(Donnee):
    """One rule: the decision it proposes, its article, and its words from short to full.

    Attributes
    ----------
    cause
        What eliminates, for the rules that do.
    court, long
        A few words for a list; the rule in the words of the texts.
    motif
        A sentence about one candidate.
    ferme, limite
        The decisions the text doesn't open to a jury, and why, with its article; its decision
        stands.
    """

    code: str = Field(pattern=r"^[a-z_0-9]+$")
    decision: Decision
    article: str = Field(min_length=1)
    cause: str | None = None
    court: str = Field(min_length=1)
    long: str = Field(min_length=1)
    motif: str = Field(min_length=1)
    ferme: tuple[DuJury, ...] = ()
    limite: str = ""

    @model_validator(mode="after")
    def _marks_are_known(self) -> Self:
        texts = {
            "court": self.court,
            "long": self.long,
            "article": self.article,
            "limite": self.limite,
        }
        inconnues = {f"{nom} : {m}" for nom, t in texts.items() for m in _marks(t) - _DU_REGIME}
        inconnues |= {f"motif : {m}" for m in _marks(self.motif) - _DU_REGIME - _DU_CANDIDAT}
        if inconnues:
            raise ValueError(f"{self.code} : repère inconnu ({', '.join(sorted(inconnues))})")
        if (self.cause is not None) != (self.decision == "ELIMINE"):
            raise ValueError(f"{self.code} : une cause dit ce qui élimine, et rien d'autre")
        if bool(self.ferme) != bool(self.limite):
            raise ValueError(f"{self.code} : limite dit pourquoi une décision est fermée")
        return self


class FichierRegles(Donnee):
    """The whole file: what ends with the contrôle, regimes in order, then rules."""

    apres_le_controle: str = Field(min_length=1)
    regime: tuple[Regime, ...] = Field(min_length=1)
    regle: tuple[RegleDecision, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        for avant, apres in pairwise(self.regime):
            if apres.premiere_session <= avant.premiere_session:
                raise ValueError(f"regime {apres.code} : avant ou en même temps que {avant.code}")
        doubles = [code for code, n in Counter(r.code for r in self.regle).items() if n > 1]
        if doubles:
            raise ValueError(f"règle {', '.join(doubles)} présente plusieurs fois")
        return self


class ReglesDecision(Donnee):
    """The rules of one session, their words written with its thresholds.

    Attributes
    ----------
    ouverture
        The first session that has a contrôle of any kind.
    unites
        The first session whose marks are kept by unit, not by épreuve.
    apres_le_controle
        What a jury no longer decides after the contrôle, with its article.
    """

    session: int
    ouverture: int
    unites: int
    apres_le_controle: str
    regime: Regime
    regles: tuple[RegleDecision, ...]

    @property
    def admission(self) -> str:
        """The average that admits, as written."""
        return write_threshold(self.regime.admission)

    @property
    def appel(self) -> str:
        """The average from which the contrôle is open, as written."""
        return write_threshold(self.regime.appel)

    @property
    def facultative(self) -> str:
        """The mark above which an optional épreuve brings points, as written."""
        return write_threshold(self.regime.facultatives_au_dessus_de)

    @property
    def conservee(self) -> str:
        """The mark from which a refused candidate may keep it, as written."""
        return write_threshold(self.regime.conservee_a_partir_de)

    @property
    def professionnelle(self) -> str:
        """The professional average from which the contrôle is open, as written."""
        return write_threshold(self.regime.professionnelle)

    @property
    def court(self) -> dict[str, str]:
        """The short words, by code."""
        return {r.code: r.court for r in self.regles}

    @property
    def long(self) -> dict[str, str]:
        """The words of the texts, by code."""
        return {r.code: r.long for r in self.regles}

    @property
    def causes(self) -> dict[str, str]:
        """What eliminates, by code."""
        return {r.code: r.cause for r in self.regles if r.cause}


@cache
def rules_at(session: int) -> ReglesDecision:
    """Return the rules of a session.

    Parameters
    ----------
    session
        Its year.
    """
    fichier = _read()
    regime = max(
        (r for r in fichier.regime if r.premiere_session <= session),
        key=lambda r: r.premiere_session,
        default=fichier.regime[0],
    )
    ouverture = next(r.premiere_session for r in fichier.regime if r.controle != "aucun")
    unites = next(r.premiere_session for r in fichier.regime if r.benefice == "unite")
    valeurs = {
        "admission": write_threshold(regime.admission),
        "appel": write_threshold(regime.appel),
        "professionnelle": write_threshold(regime.professionnelle),
        OUVERTURE: str(ouverture),
        "session": str(session),
    }
    return ReglesDecision(
        session=session,
        ouverture=ouverture,
        unites=unites,
        apres_le_controle=fichier.apres_le_controle,
        regime=regime.model_copy(update={"limite": _write(regime.limite, valeurs)}),
        regles=tuple(_written(r, valeurs) for r in fichier.regle),
    )


@cache
def rules_in_force() -> ReglesDecision:
    """Return the latest rules known, for words that belong to no session."""
    return rules_at(_read().regime[-1].premiere_session)


def rules_of(sessions: Iterable[int]) -> ReglesDecision:
    """Return the rules of the first of some sessions (a column of rows), else those in force."""
    session = next(iter(sessions), None)
    return rules_in_force() if session is None else rules_at(session)


def write_threshold(seuil: Decimal) -> str:
    """Write a threshold in French, without useless zeros: 10, 7,5."""
    text = f"{seuil:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def band_below(seuil: Decimal) -> str:
    """Write the averages that are close to a threshold: ``"9,50 à 9,99"``."""
    bas, haut = seuil - PROCHE, seuil - Decimal("0.01")
    return f"{bas:.2f} à {haut:.2f}".replace(".", ",")


@cache
def _read() -> FichierRegles:
    path = PACKAGE / "regles" / "decision.toml"
    return read_model(path, FichierRegles, "Règles de décision", "refusées")


def _marks(texte: str) -> set[str]:
    return set(_MARQUE.findall(texte))


def _written(regle: RegleDecision, valeurs: dict[str, str]) -> RegleDecision:
    """Return a rule with the regime's marks filled in, the candidate's left to SQL."""
    noms = ("article", "court", "long", "motif", "limite")
    return regle.model_copy(update={nom: _write(getattr(regle, nom), valeurs) for nom in noms})


def _write(texte: str, valeurs: dict[str, str]) -> str:
    return _MARQUE.sub(lambda m: valeurs.get(m[1], m[0]), texte)
