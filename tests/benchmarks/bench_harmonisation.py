"""Time and peak memory of the gaps on 1.2 million marks, beside a crossed mixed model.

    OPENBLAS_NUM_THREADS=1 uv run python tests/benchmarks/bench_harmonisation.py

Three parts, each in its own process so that peaks are not mixed: the method at full size, the
largest session statsmodels' crossed MixedLM fits in a minute, and the simulation study.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl

BUDGET_MODELE_MIXTE = 60.0


def _full_size() -> None:
    """150 000 candidates × 8 marks, 8 700 marking units."""
    import numpy as np
    from statistiques.generation import HARMONISATION, Simulees, open_warehouse

    from perequation import entrepot
    from perequation.harmonisation import Trames, compute_ecarts

    rng = np.random.default_rng(1)
    candidats, specialites, etablissements = 150_000, 90, 2_175
    # Establishments teach one or two spécialités: 90 analyses of about 27 units per CCF épreuve.
    etab = rng.integers(0, etablissements, candidats)
    specialite = np.char.add("S", (etab % specialites).astype(str))
    numero = np.char.zfill(np.arange(candidats).astype(str), 8)
    niveau = rng.normal(0, 1.2, etablissements)[etab] + rng.normal(0, 2, candidats)
    base = {"session": 1, "specialite": specialite, "numero_candidat": numero}
    uai, centre = (
        np.char.add("U", etab.astype(str)),
        np.char.add("C", (etab // specialites).astype(str)),
    )
    notes = [
        pl.DataFrame(
            base
            | {
                "epreuve": epreuve,
                "note": np.clip(
                    np.round(2 * (11 + niveau + rng.normal(0, 2.8, candidats))) / 2, 0, 20
                ),
                "mode": "CCF" if epreuve.startswith("E4") else "PONCTUEL",
                "centre": uai if epreuve.startswith("E4") else centre,
                "etape": "transmise",
                "code": None,
                "commission": np.char.add("J", (etab // 180).astype(str)),
            }
        ).with_columns(commission=pl.when(pl.lit(epreuve == "E22")).then("commission"))
        for epreuve in ("E1", "E21", "E3", "E5", "E41", "E42", "E43", "E22")
    ]
    simulees = Simulees(
        pl.DataFrame(base | {"uai": uai, "forme": "GLOBALE"}), pl.concat(notes), pl.DataFrame()
    )
    del notes
    con = open_warehouse(simulees)
    _say("chargement et génération : mémoire avant mesure", _peak(), "Mo")
    debut = time.perf_counter()
    entrepot.build_relations(con, [r for r in HARMONISATION if ".harmonisation_" in r])
    sql = time.perf_counter() - debut
    trames = Trames.read(lambda relation: con.sql(f"select * from {relation}").pl())
    debut = time.perf_counter()
    ecarts = compute_ecarts(trames)
    python = time.perf_counter() - debut
    _say("notes", simulees.notes.height, "")
    _say("unités", ecarts.height, "")
    _say("sommes en SQL", sql, "s")
    _say("écarts en Python", python, "s")
    _say("mémoire de pointe (données comprises)", _peak(), "Mo")


def _mixed_model() -> None:
    """Fit y ~ 1 + (1 | unit) + (1 | candidate) on ever larger sessions, until a minute is spent."""
    import warnings

    import numpy as np
    from statistiques.generation import Plan, simulate_sessions
    from statsmodels.regression.mixed_linear_model import MixedLM

    warnings.simplefilter("ignore")
    for candidats in (50, 100, 200, 300, 450, 700, 900, 1334):
        simulees = simulate_sessions(Plan(candidats=candidats), 1)
        notes = simulees.notes.filter(pl.col("epreuve") != "E22").to_pandas()
        notes["unite"] = np.where(notes["mode"] == "CCF", notes["centre"], "écrit")
        debut = time.perf_counter()
        MixedLM.from_formula(
            "note ~ epreuve",
            groups=np.ones(len(notes)),
            vc_formula={"unite": "0 + C(unite)", "candidat": "0 + C(numero_candidat)"},
            data=notes,
        ).fit()
        duree = time.perf_counter() - debut
        _say(f"MixedLM croisé, {candidats} candidats ({len(notes)} notes)", duree, "s")
        _say("  mémoire de pointe", _peak(), "Mo")
        # Its cost grows about as the square of the candidates: the next one would pass the minute.
        if duree * 2 > BUDGET_MODELE_MIXTE:
            break


def _study() -> None:
    """The table of the method, and power and false discoveries of the signal rule."""
    from statistiques.etude import compare_estimators, judge_signals, run_study
    from statistiques.generation import Plan

    nombre = int(os.environ.get("PEREQUATION_ETUDE", "400"))
    cas = {
        "écarts vrais (0,7 et 0,5 point d'écart type)": Plan(),
        "aucun écart vrai": Plan(effet_ccf=0, effet_oral=0),
        "150 candidats, 10 établissements": Plan(candidats=150, etablissements=10, centres=6),
    }
    pl.Config.set_tbl_rows(30).set_tbl_cols(20).set_tbl_width_chars(160).set_fmt_str_lengths(60)
    for nom, plan in cas.items():
        etude = run_study(plan, nombre, 2024)
        print(f"\n{nom} : {nombre} sessions simulées")
        print(compare_estimators(etude, plan))
        print(
            judge_signals(etude).unpivot(index="type_unite").pivot("type_unite", index="variable")
        )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(quoi: str, valeur: float, unite: str) -> None:
    print(f"{quoi} : {valeur:.1f} {unite}" if unite else f"{quoi} : {valeur}", flush=True)


PARTIES: dict[str, Callable[[], None]] = {
    "taille": _full_size,
    "modele_mixte": _mixed_model,
    "etude": _study,
}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        PARTIES[sys.argv[1]]()
    else:
        for partie in PARTIES:
            print(f"\n== {partie}", flush=True)
            subprocess.run([sys.executable, __file__, partie], check=True)
