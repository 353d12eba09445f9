"""How fast fiches are made: every way of running the same notebooks, in turns, on the same data.

    python tests/benchmarks/bench_edition.py [--rapports 42] [--lents 2] [--dossier DOSSIER]

Then what the five reports of a session cost by one command, `editer`, and by the commands `papermill`
and `nbconvert` for each: CPU of all that is started, servers and kernels included on both sides.

Prints, for each way, reports a minute, CPU seconds a report, the largest process, and the ratio to
the `papermill` command run in a loop. The floor makes the same queries, charts and page without a
notebook, in processes that stay. Each turn gives every fast way the same third of the fiches, and
the slow ways only the first `--lents` of them: their time per report does not depend on how many
there are. Ratios of CPU hold on a machine that does other things; those of time need a calm one.
"""

import argparse
import ast
import ctypes
import importlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import bench_sessions
import nbformat
from goals import Verdict, peak_memory, spread
from markupsafe import Markup

from perequation.edition import contexte, page, plan, rendu
from perequation.edition.moteur import process
from perequation.edition.rendu import Tache
from perequation.socle.dossier import open_dossier

ROUNDS = 3
BIN = Path(sys.executable).parent
# Stands for the words that give a report's parameters to the `papermill` command.
PARAMETRES = "{parametres}"


@dataclass
class Mesure:
    """Turns of one way: seconds, CPU seconds and mebibytes, each for a number of reports."""

    secondes: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    memoire: float = 0.0

    def add(self, rapports: int, secondes: float, cpu: float, memoire: float) -> None:
        self.secondes.append(secondes / rapports)
        self.cpu.append(cpu / rapports)
        self.memoire = max(self.memoire, memoire)

    @property
    def par_minute(self) -> float:
        return 60 / median(self.secondes)


def commands(*lines: list[str]) -> Callable[[list[Tache]], tuple[float, float]]:
    """Return a way that runs command lines for each report; ``{nom}`` words are filled in."""

    def run(taches: list[Tache]) -> tuple[float, float]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for tache in taches:
            for line in lines:
                words = [w for word in line for w in filled(word, tache)]
                subprocess.run(words, check=True, capture_output=True, cwd=tache.dossier)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return cpu, after.ru_maxrss / 1024

    return run


def filled(word: str, tache: Tache) -> list[str]:
    """Return a word with the names of a report in it, or the words that give its parameters."""
    if word != PARAMETRES:
        return [word.format(**names(tache))]
    # Text as it is: Papermill would read a number in a code.
    return [
        part
        for nom, valeur in tache.rapport.parametres.items()
        for part in ("-r" if isinstance(valeur, str) else "-p", nom, str(valeur))
    ]


def names(tache: Tache) -> dict[str, str]:
    parametres = tache.rapport.parametres
    return {
        "carnet": str(tache.rapport.notebook),
        "prepare": str(prepared(tache)),
        "sortie": str(tache.carnet_provisoire),
        **{nom: str(valeur) for nom, valeur in parametres.items()},
    }


def prepared(tache: Tache) -> Path:
    """Write the notebook with its parameters, for a tool that knows none."""
    path = tache.dossier / f"prepare-{tache.rapport.nom}.ipynb"
    if not path.exists():
        rendu.execute(tache, prepare_only=True)
        tache.carnet_provisoire.replace(path)
    return path


def measured(
    tell: process.Tell, function: Callable[..., Any], *arguments: Any
) -> tuple[float, float]:
    """Run something in a child; return its CPU seconds and its peak in mebibytes."""
    start = time.process_time()
    function(tell, *arguments)
    return time.process_time() - start, peak_memory() * 1e6 / 1024


def papermill_api(taches: list[Tache]) -> tuple[float, float]:
    """Papermill's own function, one report after the other in one process, with kernels."""
    return commands_in_child(execute_all, [replace(tache, moteur="nbclient") for tache in taches])


def commands_in_child(function: Callable[..., Any], *arguments: Any) -> tuple[float, float]:
    return process.call(measured_with_kernels, (function, *arguments))


def measured_with_kernels(
    tell: process.Tell, function: Callable[..., Any], *arguments: Any
) -> tuple[float, float]:
    cpu, memoire = measured(tell, function, *arguments)
    kernels = resource.getrusage(resource.RUSAGE_CHILDREN)
    return cpu + kernels.ru_utime + kernels.ru_stime, max(memoire, kernels.ru_maxrss / 1024)


def execute_all(tell: process.Tell, taches: list[Tache]) -> None:
    for tache in taches:
        succeed(rendu.render(tell, tache))


def succeed(echec: rendu.Echec | None) -> None:
    if echec is not None:
        raise RuntimeError(echec)


def render_or_fail(tell: process.Tell, tache: Tache) -> None:
    succeed(rendu.render(tell, tache))


def ours(places: int) -> Callable[[list[Tache]], tuple[float, float]]:
    """One forked child a report, `places` at a time."""
    return lambda taches: pooled(((render_or_fail, tache) for tache in taches), places)


def floor(places: int) -> Callable[[list[Tache]], tuple[float, float]]:
    """The work itself, in `places` processes that stay."""

    def run(taches: list[Tache]) -> tuple[float, float]:
        shares = [taches[n::places] for n in range(places)]
        return pooled(((bare_pages, share) for share in shares), places)

    return run


def pooled(jobs: Iterable[tuple[Any, ...]], places: int) -> tuple[float, float]:
    waiting, running = list(jobs), []
    cpu = memoire = 0.0
    while waiting or running:
        while waiting and len(running) < places:
            running.append(process.start(measured, waiting.pop()))
        for child, kind, value in process.wait(running):
            if kind == "event":
                continue
            running.remove(child)
            if kind != "result":
                raise RuntimeError(value)
            cpu, memoire = cpu + value[0], max(memoire, value[1])
    return cpu, memoire


def bare_pages(tell: process.Tell, taches: list[Tache]) -> None:
    for tache in taches:
        bare_page(tache)


def bare_page(tache: Tache) -> None:
    """Run the cells' code as a plain script, and put what it shows in the same page."""
    from perequation.edition.graphique import Figures, embed_json

    shown: list[str] = []
    figures = Figures()

    def show(*values: Any) -> None:
        for value in values:
            if hasattr(value, "to_dict"):
                shown.append(figures.add(value.to_dict()))
            elif value is not None:
                shown.append(value._repr_html_() if hasattr(value, "_repr_html_") else str(value))

    scope: dict[str, Any] = {"display": show, "__name__": "__main__"}
    for cell in nbformat.read(tache.rapport.notebook, 4).cells:
        if cell.cell_type == "code":
            show(run_source(cell.source, scope))
        if "parameters" in cell.metadata.get("tags", ()):
            scope |= dict(tache.rapport.parametres)
    moteur = page.read_engine(tache.contexte.vega)
    texte = page.render_page(
        "rapport.html.j2",
        tache.contexte,
        [page.template_text("rapport.js")],
        [moteur.empreinte],
        corps=Markup("".join(shown)),
        sommaire=[],
        moteur_graphique=moteur.texte,
        langue="{}",
        theme=Markup(embed_json(figures.theme)),
    )
    tache.page_provisoire.write_text(texte, "utf-8")


def run_source(source: str, scope: dict[str, Any]) -> Any:
    """Run a cell's code and return the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cellule", "exec"), scope)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "cellule", "eval"), scope)


WAYS: dict[str, Callable[[list[Tache]], tuple[float, float]]] = {
    "papermill (commande) + nbconvert": commands(
        [str(BIN / "papermill"), "{carnet}", "{sortie}", "--no-progress-bar", PARAMETRES],
        [str(BIN / "jupyter"), "nbconvert", "--to", "html", "--no-input", "{sortie}"],
    ),
    "nbconvert --execute": commands(
        [str(BIN / "jupyter"), "nbconvert", "--to", "html", "--no-input", "--execute", "{prepare}"]
    ),
    "papermill (API)": papermill_api,
    "moteur perequation, 1 processus": ours(1),
    "moteur perequation, 2 processus": ours(2),
    "plancher, 1 processus": floor(1),
    "plancher, 2 processus": floor(2),
}
BY_COMMAND = "papermill (commande) + nbconvert"
SLOW = frozenset(list(WAYS)[:3])
# The five reports of a session, by goal.
PACKS = {"edition-lot-ccst": bench_sessions.CCST, "edition-lot-mco": bench_sessions.MCO}
# The goals of docs/dev/performance.md that each slow way is compared with.
GOALS = {BY_COMMAND: "edition-papermill", "papermill (API)": "edition-api"}


def make_tasks(racine: Path, code: str, sortie: Path, count: int) -> list[Tache]:
    """Return as many reports of a kind as are wanted; the first ones again when there are fewer."""
    dossier = open_dossier(racine)
    modeles = plan.plan_reports(dossier, seulement=[code])
    fond = contexte.make_background(dossier, "interne", None)
    rapports = [
        replace(modeles[n % len(modeles)], nom=f"{modeles[n % len(modeles)].nom}-{n}")
        for n in range(count)
    ]
    return [Tache(r, fond.context_of(r), sortie) for r in rapports]


def measure(taches: list[Tache], lents: int) -> dict[str, Mesure]:
    """Run every way in turns, so that what else the machine does falls on all of them.

    The slow ways take the first `lents` reports of each turn.
    """
    mesures = {way: Mesure() for way in WAYS}
    process.call(render_or_fail, (taches[0],))
    turns = [taches[n::ROUNDS] for n in range(ROUNDS)]
    for turn in filter(None, turns):
        for way, run in WAYS.items():
            part = turn[:lents] if way in SLOW else turn
            start = time.perf_counter()
            cpu, memoire = run(part)
            seconds = time.perf_counter() - start
            mesures[way].add(len(part), seconds, cpu, memoire)
            print(f"  {way} : {len(part)} rapports en {seconds:.1f} s", flush=True)
    return mesures


def report(mesures: dict[str, Mesure], verdict: Verdict) -> None:
    slowest = mesures[BY_COMMAND].par_minute
    print(f"\n{'façon':36}{'par minute':>12}{'CPU s':>8}{'Mio':>7}{'fois':>8}")
    for way, mesure in mesures.items():
        print(
            f"{way:36}{mesure.par_minute:12.1f}{median(mesure.cpu):8.2f}{mesure.memoire:7.0f}"
            f"{mesure.par_minute / slowest:8.1f}"
        )
    two = mesures["moteur perequation, 2 processus"]
    # CPU: time depends on what else the machine does.
    for way, key in GOALS.items():
        verdict.tell(key, *compared(mesures[way].cpu, two.cpu))
    verdict.tell("edition-plancher", *compared(mesures["plancher, 2 processus"].cpu, two.cpu))


def compare_packs(verdict: Verdict, racine: Path) -> None:
    """Tell how many times less `editer` costs than command lines, for the reports of a session."""
    for key, nom in PACKS.items():
        dossier = make_session(racine / key, nom)
        sortie = racine / f"{key}-sortie"
        sortie.mkdir()
        fond = contexte.make_background(open_dossier(dossier), "interne", None)
        taches = [
            Tache(r, fond.context_of(r), sortie) for r in plan.plan_reports(open_dossier(dossier))
        ]
        theirs, ours = [], []
        for _ in range(2):
            theirs.append(WAYS[BY_COMMAND](taches)[0])
            ours.append(
                bench_sessions.measure(str(BIN / "perequation"), "editer", str(dossier)).cpu
            )
            print(
                f"  les {len(taches)} rapports de {nom} : {theirs[-1]:.1f} s CPU par commandes, "
                f"{ours[-1]:.1f} par editer",
                flush=True,
            )
        verdict.tell(key, *compared(theirs, ours))


def compared(theirs: list[float], ours: list[float]) -> tuple[float, float]:
    """Return how many times less ours costs, and how much the measures of either differ."""
    return median(theirs) / median(ours), max(spread(theirs), spread(ours))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rapports", type=int, default=42)
    parser.add_argument("--lents", type=int, default=2, help="rapports par tour des façons lentes")
    parser.add_argument("--dossier", type=Path)
    parser.add_argument("--carnet", default="60_fiche")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(bench_sessions.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as temporaire:
        racine = options.dossier or make_session(Path(temporaire) / "session", bench_sessions.MCO)
        sortie = Path(temporaire) / "sortie"
        sortie.mkdir()
        print(f"{options.rapports} fois {options.carnet}, {os.cpu_count()} cœurs")
        taches = make_tasks(racine, options.carnet, sortie, options.rapports)
        # First: it waits for all that was started, and the warm server of what follows doesn't end.
        compare_packs(verdict, Path(temporaire))
        report(measure(taches, options.lents), verdict)
    verdict.end()


def make_session(racine: Path, nom: str) -> Path:
    """Make a demo session and its results."""
    # Waits for its warm server too, whose cost would else be the next measure's.
    bench_sessions.measure(str(BIN / "perequation"), "demo", str(racine), "--session", nom)
    return racine / nom


if __name__ == "__main__":
    # Under its own name, so that a child finds what it runs without running this script again.
    importlib.import_module("bench_edition").main()
