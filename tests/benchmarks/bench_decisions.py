"""Decide 150 000 candidates: seconds, peak memory, ratio to reading the same files.

DuckDB invents the session and writes the two CSV files; a fresh process reads them back into
typed tables (the yardstick: one bare `read_csv` each) and builds every relation that decides.

Usage: python tests/benchmarks/bench_decisions.py [candidats]
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb
from benchmarks.goals import peak_memory
from scenarios import montage
from scenarios.modele import Regles, reglement_de

from perequation.socle.couches import build_relations

SPECIALITE, SESSION = "MCO", 2023

CANDIDATS = f"""
    select
        printf('%011d', i) as numero_candidat, null as ine, 'NOM' || i as nom,
        'Prénom' as prenom, date '2003-01-01' as date_naissance,
        if(i % 2 = 0, 'F', 'M') as sexe, '{SPECIALITE}' as specialite, {SESSION} as session,
        'ACADEMIE ' || (i % 30) as academie, printf('%07dX', i % 3000) as uai,
        'Lycée ' || (i % 3000) as etablissement, 'SCOLAIRE' as statut,
        if(i % 25 = 0, 'PROGRESSIVE', 'GLOBALE') as forme, 'Centre ' || (i % 400) as centre_ecrit,
        'candidats.csv' as fichier, i + 2 as ligne
    from range(?) as t(i)
"""
# Eight compulsory marks, one optional mark in four, two control marks in ten.
NOTES = f"""
    with tirage as (
        select
            i, e.epreuve, e.est_facultative,
            8 + 4 * ((hash(i) % 1000) / 1000.0) + 5 * ((hash(i, e.epreuve) % 1000) / 1000.0 - 0.5)
                as niveau,
            hash(i, e.epreuve, 1) % 1000 as sort
        from range(?) as t(i)
        cross join reference.epreuve as e
    ),
    premier_groupe as (
        select
            i, epreuve, 'definitive' as etape,
            case when sort < 3 then 'AB' when sort < 6 then 'DI'
                 else (round(2 * niveau) / 2)::decimal(4, 2)::varchar end as valeur
        from tirage
        where if(est_facultative, sort < 62, sort > 6 or i % 10 = 0)
    ),
    controle as (
        select i, epreuve, 'controle', (hash(i, epreuve) % 41 / 2)::decimal(4, 2)::varchar
        from range(?) as t(i), (values ('E1'), ('E3')) as e(epreuve)
        where i % 5 = 0
    )
    select
        printf('%011d', i) as numero_candidat, '{SPECIALITE}' as specialite, {SESSION} as session,
        epreuve, etape, try_cast(valeur as decimal(4, 2)) as note,
        if(try_cast(valeur as decimal(4, 2)) is null, valeur, null) as code,
        'PONCTUEL' as mode, 'Centre ' || (i % 400) as centre, null as commission, null as langue,
        false as est_reserve, 'notes.csv' as fichier, row_number() over () as ligne
    from (from premier_groupe union all from controle)
"""


def write_session(folder: Path, nombre: int) -> int:
    """Write candidats.csv and notes.csv; return the number of marks."""
    with montage.open_warehouse() as con:
        montage.describe_session(con, [reglement_de(SPECIALITE, SESSION)], SESSION, Regles())
        for name, query, count in (("candidats", CANDIDATS, 1), ("notes", NOTES, 2)):
            con.execute(f"create table {name} as {query}", [nombre] * count)
            con.execute(f"copy {name} to '{folder / name}.csv' (header)")
        return con.sql("select count(*) from notes").fetchall()[0][0]


def decide(folder: Path) -> None:
    """Read the files and decide, in this process; print seconds for each."""
    with montage.open_warehouse() as con:
        montage.describe_session(con, [reglement_de(SPECIALITE, SESSION)], SESSION, Regles())
        debut = time.perf_counter()
        for name, table in (("candidats", "candidat"), ("notes", "note")):
            _load(con, folder / f"{name}.csv", table)
        lecture = time.perf_counter() - debut
        memoire_lecture = _peak()
        debut = time.perf_counter()
        decisions = montage.decision_relations((*montage.DECIDENT, "note_retenue"))
        build_relations(con, decisions)
        decision = time.perf_counter() - debut
        build_relations(con, set(montage.decision_relations()) - set(decisions))
        ensemble = time.perf_counter() - debut
    print(lecture, decision, ensemble, memoire_lecture, _peak())


def _load(con: duckdb.DuckDBPyConnection, path: Path, table: str) -> None:
    con.execute(
        f"insert into staging.{table} by name "
        f"select * from read_csv('{path}', header = true, auto_detect = true)"
    ).fetchall()


def _peak() -> float:
    return peak_memory() * 1e6 / 1024**2


def main(nombre: int = 150_000) -> None:
    """Print the benchmark's line."""
    with tempfile.TemporaryDirectory() as folder:
        notes = write_session(Path(folder), nombre)
        command = [sys.executable, __file__, "--decider", folder]
        sortie = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lecture, decision, ensemble, memoire_lecture, memoire = map(float, sortie.split())
    print(
        f"décisions : {nombre} candidats, {notes} notes : {decision:.1f} s, "
        f"{memoire:.2f} Go au plus (lecture seule : {memoire_lecture:.2f}), "
        f"{decision / lecture:.1f} fois la lecture des mêmes fichiers ({lecture:.1f} s) ; "
        f"{ensemble:.1f} s avec les taux, statistiques et cibles"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--decider"]:
        decide(Path(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:2]))
