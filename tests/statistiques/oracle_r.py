"""R beside this method, where it is installed: metafor for τ², lme4 for the crossed mixed model."""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import polars as pl
from scipy.stats import norm
from statistiques.regimes import Marques

_METAFOR = """
suppressMessages(library(metafor))
d <- read.csv("entree.csv")
r <- do.call(rbind, lapply(split(d, d$lot), function(l) {
  m <- rma(l$gap, l$variance, method = "PM", control = list(tol = 1e-12, maxiter = 1000))
  b <- blup(m)
  data.frame(lot = l$lot, tau2 = m$tau2, retenu = b$pred, bas = b$pi.lb, haut = b$pi.ub)
}))
write.csv(r, "sortie.csv", row.names = FALSE)
"""
# The unit has an effect on the assessed mark alone; the candidate on all marks.
_LME4 = """
suppressMessages(library(lme4))
d <- read.csv("entree.csv")
d$candidat <- factor(d$candidat)
r <- do.call(rbind, lapply(split(d, d$session), function(s) {
  m <- suppressMessages(lmer(note ~ 0 + epreuve + (1 | candidat) + (0 + etudiee | unite), s,
    control = lmerControl(calc.derivs = FALSE)))
  b <- ranef(m, whichel = "unite", condVar = TRUE)$unite
  data.frame(session = s$session[1], unite = rownames(b), effet_lme4 = b[[1]],
    erreur_lme4 = sqrt(as.numeric(attr(b, "postVar"))))
}))
write.csv(r, "sortie.csv", row.names = FALSE)
"""


@cache
def is_installed(paquet: str) -> bool:
    """Tell whether R has a package."""
    if not shutil.which("Rscript"):
        return False
    appel = ["Rscript", "-e", f"quit(status = !requireNamespace('{paquet}', quietly = TRUE))"]
    return subprocess.run(appel, check=False, capture_output=True).returncode == 0


def fit_metafor(lots: pl.DataFrame) -> pl.DataFrame:
    """Return τ², the shrunken gaps and their intervals, for each ``lot`` of gap and variance."""
    return _run(_METAFOR, lots)


def fit_lme4(marques: Marques) -> pl.DataFrame:
    """Return lme4's effect of each unit beside the truth, as `regimes.measure` takes it.

    A unit is signalled when P(|effect| > 0.5) ≥ 0.9 under the normal of its BLUP.
    """
    longues = (
        marques.notes.with_row_index("candidat")
        .unpivot(
            ["y", *marques.ancres],
            index=["session", "candidat", "unite"],
            variable_name="epreuve",
            value_name="note",
        )
        .drop_nulls("note")
        .with_columns(etudiee=(pl.col("epreuve") == "y").cast(pl.Int8))
    )
    effets = _run(_LME4, longues).with_columns(pl.col("unite").cast(pl.String))
    effet, erreur = (effets[c].to_numpy() for c in ("effet_lme4", "erreur_lme4"))
    loin = norm.sf((0.5 - effet) / erreur) + norm.cdf((-0.5 - effet) / erreur)
    return effets.select(
        "session",
        "unite",
        ecart_retenu="effet_lme4",
        ic_bas=pl.col("effet_lme4") - 1.96 * pl.col("erreur_lme4"),
        ic_haut=pl.col("effet_lme4") + 1.96 * pl.col("erreur_lme4"),
        probabilite_materielle=pl.Series(loin),
        signal=pl.when(pl.Series(loin) >= 0.9).then(pl.lit("signale")).otherwise(pl.lit("aucun")),
    ).join(marques.verite, on=["session", "unite"])


def _run(script: str, entree: pl.DataFrame) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as dossier:
        entree.write_csv(Path(dossier) / "entree.csv")
        subprocess.run(["Rscript", "-e", script], cwd=dossier, check=True, capture_output=True)
        return pl.read_csv(Path(dossier) / "sortie.csv")
