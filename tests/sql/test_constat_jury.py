"""What a jury may not do, told alike by `jury verifier` and by the import, with its article."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from scenarios import montage
from scenarios.modele import Candidat, Jury, Note, reglement_de

from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.socle import couches, entrepot
from perequation.socle.ressources import ressource

CONSTAT = ressource("sql", "jury", "constat.sql").read_text(encoding="utf-8")
IMPORT = ressource("sql", "controles", "resultats", "jury_limite.sql").read_text(encoding="utf-8")
NOTES = {
    "REFUSE": dict.fromkeys(("E1", "E2", "E3", "E4", "E51", "E52", "E6"), 7),
    "ELIMINE": dict.fromkeys(("E2", "E3", "E4", "E51", "E52", "E6"), 12) | {"E1": "AB"},
    "CONTROLE": dict.fromkeys(("E4", "E51", "E52", "E6"), 10)
    | dict.fromkeys(("E1", "E2", "E3"), 9),
}


def constats(
    tmp_path: Path, session: int, notes: str, decision: str, etape: str, *, date: str | None = None
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return what `jury verifier` finds of one decision (rule, message), and what the import does."""
    candidat = Candidat(
        "1",
        notes=tuple(
            Note(code, v if isinstance(v, str) else Decimal(v)) for code, v in NOTES[notes].items()
        ),
        jury=(Jury(decision, etape),),
    )
    with montage.decide_session(reglement_de("NDRC", session), session, [candidat]) as con:
        lignes_import = [detail for *_, detail, _, _ in con.execute(IMPORT).fetchall()]
        con.execute("attach ? as base", [str(tmp_path / "publie.duckdb")])
        con.execute("copy from database memory to base")
        con.execute("delete from base.staging.decision_jury")
        con.execute("detach base")
    with duckdb.connect() as con:
        return list(_verify(con, tmp_path, session, decision, etape, date=date)), lignes_import


def _verify(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    session: int,
    decision: str,
    etape: str,
    *,
    date: str | None,
) -> Iterator[tuple[str, str]]:
    for schema in entrepot.SCHEMAS:
        con.execute(f"create schema {schema}")
    entrepot.attach_read_only(con, "publie", tmp_path / "publie.duckdb")
    con.execute(
        "create table staging.decision_jury_lue as select 0::bigint as rang, 'x.csv' as fichier, "
        "2::bigint as ligne, '1' as numero_candidat, 'NDRC' as specialite, $s::integer as session, "
        "$e as etape, $d as decision, $d as decision_lue, 'O' as livret_lu, 'O' as livret, "
        "null::varchar as motif, '01/01/2001' as date_lue, $p::varchar as probleme_date",
        {"s": session, "e": etape, "d": decision, "p": date},
    )
    con.execute("create table staging.decision_jury as from staging.decision_jury_lue")
    for table in ("reference.regime", "reference.regle_decision", "intermediate.decision_calculee"):
        con.execute(f"create view {table} as select * from publie.{table}")
    con.execute(
        "create table staging.rejet_decision_jury (rang bigint, ligne bigint, "
        "numero_candidat varchar, regle varchar, message varchar)"
    )
    con.execute(
        "create table raw.rejet (rang bigint, ligne bigint, regle varchar, message varchar)"
    )
    couches.build_relations(con, ["intermediate.decision_jury", "intermediate.limite_jury"])
    mots = {"codes": list(DANS_UNE_PHRASE), "mots": list(DANS_UNE_PHRASE.values())}
    for _, _, gravite, regle, message in con.execute(
        CONSTAT, {"fichier": "x.csv"} | mots
    ).fetchall():
        assert gravite == "a_voir"
        assert not [code for code in DANS_UNE_PHRASE if code in message]
        yield regle, message


@pytest.mark.parametrize(
    ("session", "notes", "decision", "limite"),
    [
        (2020, "REFUSE", "CONTROLE", "les premières sont de 2021 (CE D643-15)"),
        (2021, "ELIMINE", "CONTROLE", "CE D643-24"),
        (2022, "ELIMINE", "CONTROLE", "CE D643-24"),
        (2022, "ELIMINE", "ADMIS", "CE D643-24"),
        (2022, "REFUSE", "CONTROLE", "à partir de 8 de moyenne générale (CE D643-15 et D643-22)"),
    ],
)
def test_a_decision_the_text_does_not_open_is_told_alike(
    tmp_path: Path, session: int, notes: str, decision: str, limite: str
) -> None:
    verifies, importes = constats(tmp_path, session, notes, decision, "premier_groupe")
    assert [regle for regle, _ in verifies] == ["jury_limite"]
    assert len(importes) == 1
    assert limite in importes[0]
    assert verifies[0][1].endswith(importes[0])


@pytest.mark.parametrize(
    ("session", "notes", "decision", "regles"),
    [
        (2021, "REFUSE", "CONTROLE", []),
        (2022, "CONTROLE", "CONTROLE", []),
        (2022, "REFUSE", "ADMIS", ["proposition_contraire"]),
        (2022, "ELIMINE", "REFUSE", ["proposition_contraire"]),
    ],
)
def test_a_decision_the_text_opens_is_at_most_a_departure(
    tmp_path: Path, session: int, notes: str, decision: str, regles: list[str]
) -> None:
    verifies, importes = constats(tmp_path, session, notes, decision, "premier_groupe")
    assert [regle for regle, _ in verifies] == regles
    assert importes == []


def test_called_again_after_the_controle(tmp_path: Path) -> None:
    verifies, importes = constats(tmp_path, 2022, "CONTROLE", "CONTROLE", "controle")
    assert [regle for regle, _ in verifies] == ["jury_limite"]
    assert importes == ["après le contrôle, le jury admet ou refuse (CE D643-22)"]


def test_a_date_that_cannot_be_the_decision_s_is_to_be_seen(tmp_path: Path) -> None:
    avant = "avant la session 2022"
    verifies, _ = constats(tmp_path, 2022, "CONTROLE", "CONTROLE", "premier_groupe", date=avant)
    assert verifies == [("decision_date", f"date de la délibération, 01/01/2001 : {avant}")]
