"""Time and peak memory of the gaps on 1.2 million marks, beside a crossed mixed model.

    OPENBLAS_NUM_THREADS=1 uv run python tests/benchmarks/bench_harmonisation.py [part]

Parts: ``taille``, the method at full size, in a process that only reads a warehouse;
``modele_mixte``, the largest session statsmodels' crossed MixedLM fits in a minute, searched by
doubling then halving the step, each size in its own process, with ours on the same marks;
``etude``, the simulation study, 400 sessions a case (PEREQUATION_ETUDE); ``regimes``, one table of
what the method reaches where the model is not exactly true, 40 sessions a regime
(PEREQUATION_REGIMES), lme4 beside on the first of them where R is installed.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb
import polars as pl
from benchmarks.bench_sessions import IMPORT, measure
from benchmarks.goals import Verdict, peak_memory, spread

BUDGET_MODELE_MIXTE = 60
CANDIDATS_AU_DEPART = 100
VERDICT = Verdict()
#: The search stops when the sizes that pass and fail are this close.
PRECISION = 1.15
#: lme4 takes seconds a session: a few, on the regimes it can be compared on.
SESSIONS_LME4 = 12
REGIMES_LME4 = (
    "référence, τ 0,7",
    "niveaux très triés",
    "une unité à −6, τ 0,3, J 35",
    "relation convexe, aucun écart",
)
_FORMAT = "{:<48} {:>6} {:>6} {:>14} {:>9} {:>6} {:>10}   {:>11} {:>6} {:>14}"


def taille() -> None:
    """Print what 1.2 million marks cost, generation aside, and whether it is what is aimed at."""
    with tempfile.TemporaryDirectory() as dossier:
        chemin = str(Path(dossier) / "session.duckdb")
        _child("generer", chemin)
        unites = [measure(sys.executable, "-c", IMPORT).cpu for _ in range(2)]
        mesure = _child("mesurer", chemin)
    print("1,2 million de notes de 150 000 candidats, sommes en SQL comprises :")
    _print(mesure)
    VERDICT.tell("ecarts-calcul", mesure["calcul_s"] / min(unites), spread(unites))
    VERDICT.tell("ecarts-memoire", mesure["memoire_de_pointe_mo"] / 1000)


def generer(chemin: str) -> None:
    """Make a warehouse of 150 000 candidates × 8 marks, 8 700 marking units."""
    import numpy as np
    from statistiques.generation import HARMONISATION, Simulees, open_warehouse

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
    avant = tuple(r for r in HARMONISATION if ".harmonisation_" not in r)
    open_warehouse(simulees, relations=avant, chemin=Path(chemin)).close()


def mesurer(chemin: str) -> None:
    """Take the method from the marks of a warehouse to the table of gaps.

    Its CPU, all threads counted, holds on a busy machine too; its time does not.
    """
    from statistiques.generation import HARMONISATION

    from perequation.harmonisation import Trames, compute_ecarts
    from perequation.socle import couches

    depart = _peak()
    with duckdb.connect(chemin) as con:
        debut, calcul = time.perf_counter(), time.process_time()
        couches.build_relations(con, [r for r in HARMONISATION if ".harmonisation_" in r])
        trames = Trames.read(lambda relation: con.sql(f"from {relation}").pl())
        sql, calcul_sql = time.perf_counter() - debut, time.process_time() - calcul
        ecarts = compute_ecarts(trames)
        duree, calcul = time.perf_counter() - debut, time.process_time() - calcul
        notes, candidats = con.execute(
            "select count(*), count(distinct numero_candidat) from staging.note"
        ).fetchall()[0]
    _answer(
        notes=notes,
        candidats=candidats,
        unites=ecarts.height,
        unites_avec_ecart=ecarts["ecart_retenu"].count(),
        duree_s=duree,
        dont_sql_s=sql,
        calcul_s=calcul,
        dont_calcul_sql_s=calcul_sql,
        memoire_au_depart_mo=depart,
        memoire_de_pointe_mo=_peak(),
    )


def modele_mixte() -> None:
    """Search the largest session the crossed mixed model fits in the budget, and print it."""
    reussi, echoue = 0, None
    mesures: dict[int, dict[str, Any]] = {}
    essai = CANDIDATS_AU_DEPART
    while echoue is None or echoue > PRECISION * reussi:
        mesure = _child("ajuster", str(essai))
        print(f"  {essai} candidats : ", end="")
        _print(mesure or {"au_dela_de_s": BUDGET_MODELE_MIXTE})
        if mesure:
            reussi, mesures[essai] = essai, mesure
        else:
            echoue = essai
        essai = 2 * reussi if echoue is None else (reussi + echoue) // 2
    print(f"MixedLM croisé, plus grande session en {BUDGET_MODELE_MIXTE} s :")
    _print(mesures[reussi])
    print("Cette méthode sur les mêmes notes :")
    with tempfile.TemporaryDirectory() as dossier:
        chemin = str(Path(dossier) / "session.duckdb")
        _child("generer_petite", str(reussi), chemin)
        _print(_child("mesurer", chemin))


def ajuster(candidats: str) -> None:
    """Fit note ~ epreuve + (1 | unit) + (1 | candidate), or be killed when time is up."""
    import warnings

    import numpy as np
    from statsmodels.regression.mixed_linear_model import MixedLM

    notes = _small(int(candidats)).notes.filter(pl.col("epreuve") != "E22").to_pandas()
    notes["unite"] = np.where(notes["mode"] == "CCF", notes["centre"], "écrit")
    warnings.simplefilter("ignore")
    # The products are in C: only a signal left to the system stops them in time.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(BUDGET_MODELE_MIXTE)
    debut = time.perf_counter()
    MixedLM.from_formula(
        "note ~ epreuve",
        groups=np.ones(len(notes)),
        vc_formula={"unite": "0 + C(unite)", "candidat": "0 + C(numero_candidat)"},
        data=notes,
    ).fit()
    signal.alarm(0)
    _answer(notes=len(notes), duree_s=time.perf_counter() - debut, memoire_de_pointe_mo=_peak())


def generer_petite(candidats: str, chemin: str) -> None:
    """Make the warehouse of the marks `ajuster` takes."""
    from statistiques.generation import HARMONISATION, open_warehouse

    simulees = _small(int(candidats))
    simulees = replace(simulees, notes=simulees.notes.filter(pl.col("epreuve") != "E22"))
    avant = tuple(r for r in HARMONISATION if ".harmonisation_" not in r)
    open_warehouse(simulees, relations=avant, chemin=Path(chemin)).close()


def _small(candidats: int) -> Any:
    from statistiques.generation import Plan, simulate_sessions

    return simulate_sessions(Plan(candidats=candidats), 1)


def etude() -> None:
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


def regimes() -> None:
    """Print, regime by regime, errors, signals and what was announced; lme4 beside."""
    from statistiques.oracle_r import fit_lme4, is_installed
    from statistiques.regimes import IDENTIFIABLES, INDISCERNABLES, measure, run_regime, simulate

    nombre, graine = int(os.environ.get("PEREQUATION_REGIMES", "40")), 2026
    avec_lme4 = min(nombre, SESSIONS_LME4) if is_installed("lme4") else 0
    print(f"{nombre} sessions par régime ; lme4 : {avec_lme4 or 'R et lme4 ne sont pas installés'}")
    entete = ("régime", "RMSE", "couv.", "faux/signalés", "annoncés", "seuil", "puissance")
    print(_FORMAT.format(*entete, "lme4 : RMSE", "couv.", "faux/signalés"))
    for nom, regime in (IDENTIFIABLES | INDISCERNABLES).items():
        eux: tuple[str, ...] = ("", "", "")
        if avec_lme4 and nom in REGIMES_LME4:
            eux = _figures(measure(fit_lme4(simulate(regime, graine, avec_lme4))))[:3]
        nous = _figures(measure(run_regime(regime, graine, nombre)))
        print(_FORMAT.format(nom, *nous, *eux), flush=True)


def _figures(mesures: dict[str, Any]) -> tuple[str, ...]:
    return (
        *("–" if mesures[c] is None else f"{mesures[c]:.3f}" for c in ("rmse", "couverture")),
        f"{mesures['faux']}/{mesures['signales']}",
        *(f"{mesures[c] or 0:.1f}" for c in ("annonces", "seuil")),
        "–" if mesures["puissance"] is None else f"{mesures['puissance']:.3f}",
    )


def _child(partie: str, *arguments: str) -> dict[str, Any]:
    """Run a part in its own process, so that peaks are not mixed; nothing when it was killed."""
    fini = subprocess.run(
        [sys.executable, __file__, partie, *arguments], stdout=subprocess.PIPE, check=False
    )
    if fini.returncode not in (0, -signal.SIGALRM):
        raise SystemExit(fini.returncode)
    return json.loads(fini.stdout or "{}") if fini.returncode == 0 else {}


def _answer(**mesure: float) -> None:
    print(json.dumps(mesure))


def _print(mesure: dict[str, Any]) -> None:
    print(
        ", ".join(
            f"{nom} {valeur:.2f}" if isinstance(valeur, float) else f"{nom} {valeur}"
            for nom, valeur in mesure.items()
        ),
        flush=True,
    )


def _peak() -> float:
    return peak_memory() * 1e6 / 1024


PARTIES: dict[str, Callable[..., None]] = {
    partie.__name__: partie for partie in (taille, modele_mixte, etude, regimes)
}
ETAPES: dict[str, Callable[..., None]] = {
    etape.__name__: etape for etape in (generer, mesurer, ajuster, generer_petite)
}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        (PARTIES | ETAPES)[sys.argv[1]](*sys.argv[2:])
    else:
        for nom, partie in PARTIES.items():
            print(f"\n== {nom}", flush=True)
            partie()
    VERDICT.end()
