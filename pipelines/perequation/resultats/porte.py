"""The door: what a document says of the results comes through here, hidden as its circle asks.

Charts and tables of a document that leaves the office refuse any other frame
(`perequation.presentation.publie`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from perequation.presentation.publie import INTERNE, Publie
from perequation.resultats.anterieures import Anterieures, read_earlier_results
from perequation.resultats.complements import (
    FIGURES_D_ABSENCE,
    read_absences,
    read_correlations,
    read_means_by,
)
from perequation.resultats.comptes import decide_counts
from perequation.resultats.confidentialite import (
    group_averages,
    hide_few_decisions,
    keep_told_causes,
)
from perequation.resultats.familles import decide_masking
from perequation.resultats.intervalles import round_spread, with_wilson
from perequation.resultats.mesures import ENSEMBLE, MODES, NON_RENSEIGNE, read_candidates
from perequation.resultats.republication import list_revealing
from perequation.socle.lecture import Lecture

PUBLIC = "public"
ETABLISSEMENT = "etablissement"

_ADMIS = (
    "admis",
    "admis_controle",
    "admis_non_presents",
    "appeles",
    "controle",
    "refuses",
    "elimines",
    "incomplets",
    "taux_reussite",
    "taux_bas",
    "taux_haut",
)
_DISPERSION = ("ecart_type", "mediane", "q1", "q3", "d1", "d9")
_DECILES = ("d1", "d9")
# Never the figures of one candidate.
_JAMAIS = ("minimum", "maximum")


@dataclass(frozen=True)
class Decision:
    """What may be shown, read once; `lignes` is `marts.masquage` of the session and spécialité."""

    lignes: pl.DataFrame
    diffusion: str

    @classmethod
    def of(cls, lecture: Lecture, diffusion: str) -> "Decision":
        """Return the decision published with the results; made again if the threshold changed."""
        minimum = lecture.effectif_minimal
        if lecture.has("masquage"):
            lignes = lecture.table("masquage")
            if set(lignes["effectif_minimal"]) == {minimum}:
                return cls(lignes, diffusion)
        return cls(mask_tables(lecture.table, minimum), diffusion)

    def hide(
        self,
        frame: pl.DataFrame,
        mesure: str,
        figures: Sequence[str],
        *,
        flag: str = "",
        **places: Any,
    ) -> pl.DataFrame:
        """Empty the figures of a quantity in the rows where they are hidden.

        Parameters
        ----------
        frame
            Rows that have epreuve, mode, maille and modalite, unless `places` gives them.
        mesure
            The quantity (`marts.masquage.mesure`).
        figures
            The columns that say it; those the frame lacks are passed over.
        flag
            Column added to say where it is hidden; none by default.
        places
            epreuve, mode, maille, modalite that all rows share, or the columns that hold them.

        Returns
        -------
        polars.DataFrame
            What nothing was decided about is hidden too.
        """
        keys = ("epreuve", "mode", "maille", "modalite")
        known = self.lignes.filter(mesure=mesure).select(*keys, "est_masque")
        fixed = {name: value for name, value in places.items() if isinstance(value, str)}
        moved = {name: value for name, value in places.items() if isinstance(value, pl.Expr)}
        placed = frame.with_columns(
            **{f"_{name}": pl.lit(value) for name, value in fixed.items()},
            **{f"_{name}": value for name, value in moved.items()},
            **{f"_{name}": pl.col(name) for name in keys if name not in places},
        )
        left = [f"_{name}" for name in keys]
        joined = placed.join(
            known, left_on=left, right_on=list(keys), how="left", maintain_order="left"
        )
        # Nothing is hidden from the office itself.
        hidden = pl.col("est_masque").fill_null(value=True) & pl.lit(self.diffusion != INTERNE)
        kept = [name for name in figures if name in frame.columns]
        emptied = joined.with_columns(pl.when(~hidden).then(name).alias(name) for name in kept)
        if flag:
            emptied = emptied.with_columns(hidden.alias(flag))
        return emptied.drop(*left, "est_masque")

    def hide_marks(self, frame: pl.DataFrame, **places: Any) -> pl.DataFrame:
        """Empty what is hidden of marks: mean, share, spread; round the spread of few marks."""
        shown = frame.drop([name for name in _JAMAIS if name in frame.columns])
        shown = self.hide(shown, "moyenne", ["moyenne"], flag="masque", **places)
        shown = self.hide(shown, "part_sup_10", ["part_sup_10"], **places)
        return self._without_few_deciles(
            round_spread(self.hide(shown, "dispersion", _DISPERSION, **places))
        )

    def _without_few_deciles(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Empty the deciles beyond which there are too few marks."""
        minimum = self.lignes["effectif_minimal"].max() or 1
        enough = (pl.col("n") >= 10 * pl.lit(minimum)) | pl.lit(self.diffusion == INTERNE)
        kept = [name for name in _DECILES if name in frame.columns]
        return frame.with_columns(pl.when(enough).then(name).alias(name) for name in kept)

    def hide_rates(self, reussite: pl.DataFrame) -> pl.DataFrame:
        """Empty what is hidden of success rates and averages; `masque` when nothing is left."""
        places = {"epreuve": "", "mode": ENSEMBLE}
        shown = self.hide(reussite, "admis", _ADMIS, flag="masque_admis", **places)
        shown = self.hide(shown, "moyenne", ["moyenne_generale"], flag="masque_moyenne", **places)
        return shown.with_columns(masque=pl.col("masque_admis") & pl.col("masque_moyenne"))

    def shows(self, mesure: str, **places: str) -> bool:
        """Say whether a figure of the whole session is shown."""
        keys = {"epreuve": "", "mode": ENSEMBLE, "maille": "total", "modalite": "total"} | places
        rows = self.lignes.filter(mesure=mesure, **keys)
        return self.diffusion == INTERNE or (rows.height > 0 and not rows["est_masque"][0])


@dataclass(frozen=True)
class Resultats:
    """The published figures of a session, each frame made when it is first asked for.

    Attributes
    ----------
    lecture, decision
        Where they are read, and what may be shown.
    """

    lecture: Lecture
    decision: Decision

    @property
    def minimum(self) -> int:
        """Candidates under which nothing is published."""
        return self.lecture.effectif_minimal

    def _publish(self, frame: pl.DataFrame) -> Publie:
        return Publie(frame, self.decision.diffusion)

    @cached_property
    def reussite(self) -> Publie:
        """`marts.reussite` with taux_bas, taux_haut; `masque` where no figure is left."""
        rows = with_wilson(self.lecture.table("reussite"))
        return self._publish(self.decision.hide_rates(rows))

    @cached_property
    def total(self) -> Publie:
        """The row of the whole session."""
        return self.reussite.filter(maille="total")

    @cached_property
    def decisions(self) -> Publie:
        """The decisions of the whole session (see `hide_few_decisions`)."""
        rows = hide_few_decisions(self.total.frame, 1)
        places = {"epreuve": "", "mode": ENSEMBLE, "maille": "total"}
        return self._publish(
            self.decision.hide(
                rows, "decision", ["nb_candidats"], modalite=pl.col("decision"), **places
            )
        )

    @cached_property
    def repartition(self) -> Publie:
        """The averages by slice, each of enough candidates; none when the mean is hidden."""
        rows = self.lecture.table("repartition_moyenne")
        if not self.decision.shows("repartition"):
            rows = rows.clear()
        return self._publish(group_averages(rows, self.minimum))

    @cached_property
    def epreuves(self) -> Publie:
        """The marks by épreuve, all modes together, in the règlement's order."""
        rows = self.lecture.table("statistique_epreuve_ensemble")
        places = {"mode": ENSEMBLE, "maille": "total", "modalite": "total"}
        return self._publish(self._titled(self.decision.hide_marks(rows, **places)).sort("rang"))

    @cached_property
    def modes(self) -> Publie:
        """The marks by mode, for the épreuves held as CCF and as ponctuel."""
        rows = self.lecture.table("statistique_epreuve", maille="total")
        rows = rows.filter(pl.col("mode").is_in(MODES))
        both = rows.filter(pl.col("mode").n_unique().over("epreuve") > 1)
        shown = self.decision.hide_marks(both).filter(~pl.col("masque").all().over("epreuve"))
        return self._publish(self._titled(shown).sort("rang", "mode"))

    def epreuves_by(self, maille: str) -> Publie:
        """Return the mean of each épreuve by statut or sexe (see `read_means_by`)."""
        rows = read_means_by(self.lecture, maille)
        rows = self.decision.hide(rows, "moyenne", ["moyenne"], mode=ENSEMBLE, maille=maille)
        shown = rows.drop_nulls("moyenne").filter(pl.col("modalite") != NON_RENSEIGNE)
        both = shown.filter(pl.len().over("epreuve") > 1)
        return self._publish(self._titled(both).sort("rang", "modalite"))

    @cached_property
    def profils(self) -> Publie:
        """Results by baccalauréat and year of birth, where the roster gives them."""
        rate = pl.when(pl.col("presents") > 0).then(pl.col("admis") / pl.col("presents"))
        rows = self.lecture.table("reussite_profil").with_columns(taux_reussite=rate)
        rows = self.decision.hide_rates(rows)
        return self._publish(rows.sort("maille", "modalite"))

    @cached_property
    def absences(self) -> Publie:
        """Absences by épreuve (see `read_absences`)."""
        rows = read_absences(self.lecture)
        places = {"mode": ENSEMBLE, "maille": "total", "modalite": "total"}
        shown = self.decision.hide(rows, "absence", FIGURES_D_ABSENCE, **places)
        return self._publish(self._titled(shown).sort("rang"))

    @cached_property
    def correlations(self) -> Publie:
        """How the marks of two épreuves go together (see `read_correlations`)."""
        places: dict[str, Any] = {
            "mode": ENSEMBLE,
            "maille": "epreuve",
            "modalite": pl.col("autre_epreuve"),
        }
        rows = self.decision.hide(
            read_correlations(self.lecture), "correlation", ["correlation"], **places
        )
        return self._publish(rows.drop_nulls("correlation"))

    @cached_property
    def fidelite(self) -> Publie:
        """How far the épreuves agree, in all (alpha); no row when hidden."""
        rows = self.lecture.table("fidelite").drop_nulls("alpha")
        return self._publish(rows if self.decision.shows("fidelite") else rows.clear())

    @cached_property
    def eliminations(self) -> Publie:
        """Why candidates were eliminated: cause, epreuve (or toutes), nb_candidats.

        Absences by épreuve are `absences`: told twice, with and without the justified ones, they
        would tell these.
        """
        rows = self.lecture.table("elimination")
        if self.decision.diffusion == INTERNE:
            return self._publish(rows)
        places: dict[str, Any] = {"mode": ENSEMBLE, "maille": "total", "modalite": pl.col("cause")}
        shown = self.decision.hide(
            keep_told_causes(rows), "elimination", ["nb_candidats"], **places
        )
        return self._publish(shown)

    @cached_property
    def masquage(self) -> Publie:
        """What is hidden and why: raison, nb (figures of groups, in all documents)."""
        hidden = self.decision.lignes.filter("est_masque")
        counts = (
            hidden.group_by("raison")
            .agg(nb=pl.len())
            .sort("nb", "raison", descending=[True, False])
        )
        return self._publish(counts)

    @cached_property
    def anterieures(self) -> Anterieures:
        """The session and the earlier ones, each hidden as it was published."""
        lecture = self.lecture
        return read_earlier_results(
            lecture.dossier, lecture.specialite or "", self.minimum, self.decision.lignes
        )

    @cached_property
    def republication(self) -> Publie:
        """The figures whose change since the earlier publication would tell of a few."""
        rows = list_revealing(self.lecture.dossier, self.minimum)
        return self._publish(rows.filter(specialite=self.lecture.specialite))

    def _titled(self, rows: pl.DataFrame) -> pl.DataFrame:
        titles = self.lecture.epreuves.select("epreuve", "titre", "rang")
        return rows.drop("rang", strict=False).join(titles, on="epreuve", how="left")


def read_results(lecture: Lecture, diffusion: str = PUBLIC) -> Resultats:
    """Read the results of a session as a circle may see them.

    Parameters
    ----------
    lecture
        The session and spécialité.
    diffusion
        public, etablissement (the same: documents are compared with one another) or interne
        (nothing hidden).
    """
    return Resultats(lecture, Decision.of(lecture, diffusion))


def mask_tables(read: Callable[[str], pl.DataFrame], minimum: int) -> pl.DataFrame:
    """Return `marts.masquage` from a function that reads relations.

    See `decide_masking` for sums, `decide_counts` for the rest.
    """
    candidats, notes = read_candidates(read), read("marts.note_retenue")
    tables = {name: read(f"marts.{name}") for name in ("reussite", "elimination")}
    sums = decide_masking(candidats, notes, minimum)
    counts = decide_counts(candidats, notes, tables, sums, minimum)
    return pl.concat([sums, counts]).sort(sums.columns)
