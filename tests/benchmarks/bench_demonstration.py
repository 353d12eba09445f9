"""Planted gaps of three points, found or not, over twenty seeds of the MCO demonstration.

    uv run python tests/benchmarks/bench_demonstration.py [seeds]

Effects of three points on one CCF épreuve, in three establishments of 25 candidates or more, and
none elsewhere; read and computed by the normal way, from the files to the table of gaps.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import duckdb
import polars as pl

from perequation.demo import make_session
from perequation.harmonisation import Trames, compute_ecarts
from perequation.ingestion import import_files
from perequation.socle import couches, entrepot
from perequation.socle.dossier import load_reglements, open_dossier
from perequation.socle.referentiel import create_reference

SESSION, EPREUVE, EFFET = "mco-2022-aix-marseille-corse", "E42", 3.0
RELATIONS = [r for r in couches.sql_files() if r.startswith("intermediate.")]


def compute_session(racine: Path) -> pl.DataFrame:
    """Return the gaps of a session folder, from its files."""
    dossier = open_dossier(racine)
    with entrepot.open_construction(dossier.construction, fresh=True) as con:
        create_reference(con, dossier, load_reglements(dossier))
        import_files(con, dossier)
        couches.build_layer(con, "staging")
        couches.build_relations(con, RELATIONS)
        return compute_ecarts(Trames.read(lambda nom: _read(con, nom)))


def _read(con: duckdb.DuckDBPyConnection, relation: str) -> pl.DataFrame:
    return con.sql(f"select * from {relation}").pl()


def main(nombre: int) -> None:
    """Print, seed by seed and in all, the planted, found and wrongly named units."""
    plantees = trouvees = nommees = 0
    with tempfile.TemporaryDirectory() as dossier:
        racine = Path(dossier) / SESSION
        for graine in range(9001, 9001 + nombre):
            make_session(SESSION, racine, graine=graine, effets={})
            ecarts = compute_session(racine).filter(epreuve=EPREUVE, type_unite="etablissement")
            grands = (
                ecarts.filter(pl.col("n") >= 25).sort("unite")["unite"].unique(maintain_order=True)
            )
            choisies = grands.sample(3, seed=graine).to_list()
            effets = {(EPREUVE, unite): EFFET for unite in choisies}
            make_session(SESSION, racine, graine=graine, effets=effets)
            ecarts = compute_session(racine)
            # What the first page names for this épreuve: its CCF marks as they were sent.
            ccf = ecarts.filter(epreuve=EPREUVE, type_unite="etablissement", etape="transmise")
            signalees = set(ccf.filter(signal="signale")["unite"])
            ailleurs = ecarts.filter(
                (pl.col("signal") == "signale") & (pl.col("epreuve") != EPREUVE)
            ).height
            plantees, nommees = plantees + 3, nommees + len(signalees)
            trouvees += len(signalees & set(choisies))
            print(
                f"graine {graine} : plantées {sorted(choisies)}, nommées {sorted(signalees)}, "
                f"signaux des autres épreuves (toutes étapes) {ailleurs}",
                flush=True,
            )
    print(f"trouvées {trouvees} sur {plantees} ; nommées à tort {nommees - trouvees} sur {nommees}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
