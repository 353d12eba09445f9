"""Time and memory of the import against DuckDB's bare `read_csv` and pandas, on the same files.

    python tests/benchmarks/bench_ingestion.py [--notes 1300000] [--tours 3] [--guillemets]

Each measure runs in a process of its own; ways alternate, the best of each counts. The import is
all of it: reading, checked casts, rejects, duplicates, accounting. The target is a ratio of 4, with
fields in quotes or without.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from goals import Verdict, peak_memory, spread

SESSION = """
[session]
annee = 2023
titre = "Banc d'essai"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]
coefficients_confirmes = true

[donnees]
candidats = ["donnees/candidats.csv"]
notes = ["donnees/notes.csv"]
"""
EPREUVES = ("E1", "E21", "E22", "E3", "E4", "E5", "E61", "E62")


def quote_fields(ligne: str) -> str:
    """Put every field of a line in quotes."""
    return '"' + ligne.rstrip("\n").replace(";", '";"') + '"\n'


def write_session(racine: Path, nb_notes: int, *, avec_guillemets: bool = False) -> None:
    """Write a session of `nb_notes` marks, eight a candidate."""
    write = quote_fields if avec_guillemets else str
    tirage = random.Random(20230612)
    donnees = racine / "donnees"
    donnees.mkdir(parents=True)
    (racine / "session.toml").write_text(SESSION, encoding="utf-8")
    nb_candidats = nb_notes // len(EPREUVES)
    with (donnees / "candidats.csv").open("w", encoding="utf-8", newline="\r\n") as flux:
        flux.write(
            write(
                "numero_candidat;ine;nom;prenom;date_naissance;sexe;specialite;session;"
                "academie;uai;etablissement;statut;forme;centre_ecrit\n"
            )
        )
        for i in range(nb_candidats):
            flux.write(
                write(
                    f"{i:011};;NOM{i};Prénom;12/05/2003;F;CCST;2023;TOULOUSE;0990001W;"
                    f"LYCEE {i % 900};SCOLAIRE;GLOBALE;CENTRE {i % 60}\n"
                )
            )
    with (donnees / "notes.csv").open("w", encoding="utf-8", newline="\r\n") as flux:
        flux.write(
            write(
                "numero_candidat;specialite;session;epreuve;note;mode;centre;commission;etape;"
                "langue;reserve\n"
            )
        )
        for i in range(nb_candidats):
            for epreuve in EPREUVES:
                note = tirage.randrange(41)
                flux.write(
                    write(
                        f"{i:011};CCST;2023;{epreuve};{note // 2},{note % 2 * 5};PONCTUEL;"
                        f"CENTRE {i % 60};COMMISSION {i % 700};definitive;;\n"
                    )
                )


def run_bare(racine: Path) -> None:
    """Read roster and marks with DuckDB's own types, into a database file."""
    import duckdb

    base = racine / "bare.duckdb"
    base.unlink(missing_ok=True)
    with duckdb.connect(str(base)) as con:
        for nom in ("candidats", "notes"):
            con.execute(
                f"create table {nom} as select * "
                f"from read_csv('{racine}/donnees/{nom}.csv', delim=';', decimal_separator=',')"
            )


def run_pandas(racine: Path) -> None:
    """Read roster and marks with pandas, in memory."""
    import pandas as pd

    for nom in ("candidats", "notes"):
        pd.read_csv(
            racine / f"donnees/{nom}.csv", sep=";", decimal=",", dtype={"numero_candidat": str}
        )


def run_import(racine: Path) -> None:
    """Import the whole session, up to the accounts."""
    from perequation.ingestion import import_files
    from perequation.socle.couches import build_layer, build_relations
    from perequation.socle.dossier import load_reglements, open_dossier
    from perequation.socle.entrepot import open_construction
    from perequation.socle.referentiel import create_reference

    dossier = open_dossier(racine)
    with open_construction(dossier.construction, fresh=True) as con:
        create_reference(con, dossier, load_reglements(dossier))
        import_files(con, dossier)
        build_layer(con, "staging")
        build_relations(con, ["marts.rejet", "marts.bilan_import"])
        pertes = con.execute(
            "select count(*) from marts.bilan_import "
            "where lignes_lues <> lignes_chargees + lignes_rejetees or lignes_rejetees > 0"
        ).fetchone()
    if pertes != (0,):
        raise SystemExit("Le bilan de l'import ne s'équilibre pas.")


# Marks, turns, whether every field is quoted.
PLANS = ((1_300_000, 3, False), (1_300_000, 3, True), (13_000_000, 1, False))
FACONS = {"read_csv": run_bare, "import": run_import, "pandas": run_pandas}


def measure(facon: str, racine: Path) -> dict[str, float]:
    """Run one way in a process of its own."""
    sortie = subprocess.run(
        [sys.executable, __file__, "--facon", facon, "--racine", racine],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(sortie.stdout.splitlines()[-1])


def child(facon: str, racine: Path) -> None:
    """Run one way and print what it took."""
    debut = time.perf_counter()
    FACONS[facon](racine)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    mesure = {
        "secondes": time.perf_counter() - debut,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mo": peak_memory() * 1e6 / 1024,
    }
    print(json.dumps(mesure))


def compare(
    notes: int, tours: int, *, avec_guillemets: bool, racine: Path | None
) -> tuple[float, float]:
    """Print the best of some turns of each way on one file.

    Return the CPU of the import to that of `read_csv`, and how much turns of one way differ.
    """
    with tempfile.TemporaryDirectory(dir=racine) as temporaire:
        session = Path(temporaire) / "session"
        write_session(session, notes, avec_guillemets=avec_guillemets)
        mesures: dict[str, list[dict[str, float]]] = {facon: [] for facon in FACONS}
        for _ in range(tours):
            for facon, liste in mesures.items():
                liste.append(measure(facon, session))
    forme = ", tous les champs entre guillemets" if avec_guillemets else ""
    print(f"{notes} notes{forme}, le meilleur de {tours} tour{'s' if tours > 1 else ''}")
    meilleurs = {
        facon: {cle: min(m[cle] for m in liste) for cle in ("secondes", "cpu", "mo")}
        for facon, liste in mesures.items()
    }
    for facon, m in meilleurs.items():
        print(f"{facon:9} {m['secondes']:7.2f} s  {m['cpu']:7.2f} s CPU  {m['mo']:7.0f} Mo")
    for facon in ("read_csv", "pandas"):
        reference, import_ = meilleurs[facon], meilleurs["import"]
        rapports = [import_[cle] / reference[cle] for cle in ("secondes", "cpu", "mo")]
        print(
            f"  import / {facon} : {rapports[0]:.2f} en temps, {rapports[1]:.2f} en CPU, "
            f"{rapports[2]:.1f} en mémoire",
            flush=True,
        )
    noise = max(spread([m["cpu"] for m in mesures[f]]) for f in ("read_csv", "import"))
    return meilleurs["import"]["cpu"] / meilleurs["read_csv"]["cpu"], noise


def main() -> None:
    """Print a table a file: those of `PLANS`, or one of the size given."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--notes", type=int)
    options.add_argument("--tours", type=int, default=3)
    options.add_argument("--guillemets", action="store_true")
    options.add_argument("--facon", choices=FACONS)
    options.add_argument("--racine", type=Path)
    choix = options.parse_args()
    if choix.facon:
        child(choix.facon, choix.racine)
        return
    plans = [(choix.notes, choix.tours, choix.guillemets)] if choix.notes else PLANS
    verdict = Verdict()
    for notes, tours, avec_guillemets in plans:
        rapport, bruit = compare(notes, tours, avec_guillemets=avec_guillemets, racine=choix.racine)
        if (notes, avec_guillemets) == (PLANS[0][0], False):
            verdict.tell("importer-read-csv", rapport, bruit)
    verdict.end()


if __name__ == "__main__":
    main()
