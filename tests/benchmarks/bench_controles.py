"""Cost of the controls, in SQL and by Great Expectations, against the same rules in plain SQL.

    python tests/benchmarks/bench_controles.py [number of candidates ...]

Prints, for each size, the CPU of both, how often they cost the SQL alone, and the peak memory of the
process. The session is the small one of the tests, repeated.
"""

import random
import sys
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Verdict, peak_memory
from sql.controles.degats import damage
from sql.controles.session_saine import create_session

from perequation.controles import anomalies, load_regles, run_controls
from perequation.socle.couches import build_relations
from perequation.socle.entrepot import list_every_table

CANDIDATS = (170, 158_000)


def repeat_session(con: duckdb.DuckDBPyConnection, nb_candidats: int) -> None:
    """Repeat the small session until it has about `nb_candidats` candidates."""
    create_session(con)
    fois = max(1, nb_candidats // 15)
    cles = "lpad((numero_candidat::bigint + 100 * copie)::varchar, 11, '0') as numero_candidat"
    for table in ("candidat", "note"):
        autres = ", lpad((100 * copie + ligne)::varchar, 10, '0') || 'A' as ine, nom||copie as nom"
        con.execute(
            f"""create or replace table staging.{table} as
            select * replace ({cles}{autres if table == "candidat" else ""})
            from staging.{table} cross join range({fois}) as copies(copie)"""
        )
    con.execute("""update raw.fichier set lignes_lues = (select count(*) from staging.note)
        where type_fichier = 'notes'""")
    # Those the small session has: all that the rules read.
    there = {f"{couche}.{nom}" for couche, nom in list_every_table(con)}
    build_relations(con, (n for n in there if n.split(".")[0] in ("intermediate", "marts")))


def measure(nb_candidats: int) -> list[float]:
    """Print the times for one size, on clean data and after random damage; return both ratios."""
    ratios: list[float] = []
    with duckdb.connect() as con:
        repeat_session(con, nb_candidats)
        notes = con.execute("select count(*) from staging.note").fetchall()[0][0]
        for etat in ("saine", "abîmée"):
            if etat == "abîmée":
                damage(con, random.Random(nb_candidats), max(6, nb_candidats // 100))
            said, ratio = compare(con)
            ratios.append(ratio)
            print(f"{notes:>9} notes, session {etat} : {said}", flush=True)
    return ratios


def compare(con: duckdb.DuckDBPyConnection) -> tuple[str, float]:
    """Run every rule in SQL, then as a session does; tell times, whether they agree, and the ratio."""
    regles = load_regles()
    debut = time.process_time()
    anomalies.create_tables(con, dict.fromkeys(r.suite for r in regles))
    en_sql = anomalies.list_anomalies(con, regles, {r.regle: r.gravite for r in regles})
    duree_sql = time.process_time() - debut
    debut = time.process_time()
    bilan = run_controls(con)
    duree = time.process_time() - debut
    pic = peak_memory()
    comptes = {r.regle.regle: r.nb_anomalies for r in bilan.resultats}
    said = (
        f"{len(regles)} règles, {sum(en_sql.values())} anomalies, SQL {duree_sql:.2f} s de calcul, "
        f"SQL et Great Expectations {duree:.2f} s, {duree / duree_sql:.1f} fois le SQL, "
        f"comptes {'égaux' if en_sql == comptes else 'DIFFÉRENTS'}, pic {pic:.2f} Go"
    )
    return said, duree / duree_sql


if __name__ == "__main__":
    debut_import = time.perf_counter()
    import great_expectations  # noqa: F401  # pyright: ignore[reportUnusedImport]

    print(f"import de Great Expectations : {time.perf_counter() - debut_import:.1f} s")
    verdict = Verdict()
    for taille in map(int, sys.argv[1:]) if len(sys.argv) > 1 else CANDIDATS:
        saine, abimee = measure(taille)
        if taille == CANDIDATS[-1]:
            verdict.tell("controler-sql", max(saine, abimee))
    verdict.end()
