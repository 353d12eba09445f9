"""A file that is as the published import read it is taken from there; what comes of it is the same."""

import shutil
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unitaires.ingestion.montage import CANDIDATS, NOTES, make_dossier

from perequation.ingestion import import_files
from perequation.ingestion.lecture.lecture import open_file
from perequation.ingestion.unchanged import attached_publication
from perequation.socle.dossier import Dossier, load_reglements, open_dossier
from perequation.socle.entrepot import SCHEMAS, transaction
from perequation.socle.manifeste import sha256_of
from perequation.socle.publication import EMPREINTE
from perequation.socle.referentiel import create_reference
from perequation.socle.schema import TABLES

ENTETE = "numero_candidat;specialite;session;epreuve;note;mode\n"
CONTENUS: dict[str, str | bytes] = {
    "usuel": NOTES,
    "autre note": NOTES.replace("12,5", "7"),
    "mots vides": NOTES.replace("PONCTUEL", "néant"),
    "large": "numero_candidat;specialite;session;E1;E3\n0001;CCST;2023;12;8\n0002;CCST;2023;9;null\n",
    "ligne de trop": NOTES + "0002;CCST;2023;E1;9;PONCTUEL;de trop\n",
    "guillemets": NOTES + '0002;CCST;2023;"E1";"9,5";PONCTUEL\n',
    "sans colonne": "numero;x\n1;2\n",
    "vide": b"",
    "illisible": b"\x00\x01\x02PK",
}


def read(dossier: Dossier, base: Path | str = ":memory:", *, reread: bool) -> tuple[Any, int]:
    """Import a folder; return all of `raw` in the order it was written, and how many were taken."""
    with duckdb.connect(str(base)) as con:
        for schema in SCHEMAS:
            con.execute(f"create schema {schema}")
        create_reference(con, dossier, load_reglements(dossier))
        with attached_publication(con, dossier, reread=reread) as there, transaction(con):
            taken = import_files(con, dossier, with_publication=there)
        noms = ("fichier", "rejet", "colonne_epreuve", *(t.nom for t in TABLES.values()))
        raw = {nom: con.execute(f"from raw.{nom} order by rowid").fetchall() for nom in noms}
    return raw, taken


def publish(dossier: Dossier) -> None:
    """Import a folder where what is published is."""
    dossier.sortie.mkdir(exist_ok=True)
    dossier.entrepot.unlink(missing_ok=True)
    read(dossier, dossier.entrepot, reread=True)
    dossier.exports.mkdir(exist_ok=True)
    (dossier.exports / EMPREINTE).write_text(sha256_of(dossier.entrepot), "ascii")


@settings(max_examples=8, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from(sorted(CONTENUS)), min_size=1),
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from([*sorted(CONTENUS), ""]), min_size=1),
)
def test_what_is_read_is_the_same_with_and_without(
    before: dict[str, str], changes: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as temporaire:
        racine = Path(temporaire)
        files = {f"notes_{nom}.csv": CONTENUS[quoi] for nom, quoi in before.items()}
        dossier = make_dossier(racine, {"candidats.csv": CANDIDATS, **files})
        publish(dossier)
        for nom, quoi in changes.items():
            path = racine / "donnees" / f"notes_{nom}.csv"
            path.unlink(missing_ok=True)
            if quoi:
                content = CONTENUS[quoi]
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if not list((racine / "donnees").glob("notes*")):
            return
        again, taken = read(dossier, reread=False)
        assert again == read(dossier, reread=True)[0]
        assert taken >= 1  # the roster at least


def test_only_what_changed_is_opened(tmp_path: Path) -> None:
    files = {f"notes_{i}.csv": NOTES.replace("12,5", str(i)) for i in range(5)}
    dossier = make_dossier(tmp_path, {"candidats.csv": CANDIDATS, **files})
    publish(dossier)
    (tmp_path / "donnees" / "notes_3.csv").write_text(NOTES.replace("12,5", "19"), "utf-8")
    with patch("perequation.ingestion.importation.open_file", wraps=open_file) as opened:
        raw, taken = read(dossier, reread=False)
    assert [call.args[0].name for call in opened.call_args_list] == ["notes_3.csv"]
    assert taken == 5
    assert sorted(row[4] for row in raw["notes"]) == sorted(["0", "1", "2", "19", "4"])


@pytest.mark.parametrize(
    "quoi", ["session.toml", "profil", "code", "abîmé", "autre main", "sans sceau"]
)
def test_under_anything_else_everything_is_read(tmp_path: Path, quoi: str) -> None:
    dossier = make_dossier(tmp_path, {"candidats.csv": CANDIDATS, "notes.csv": NOTES})
    (tmp_path / "profils").mkdir()
    maison = tmp_path / "profils" / "maison.toml"
    maison.write_text('base = "perequation"\n', "utf-8")
    session = tmp_path / "session.toml"
    session.write_text(session.read_text("utf-8") + 'profil = "maison"\n', "utf-8")
    dossier = open_dossier(tmp_path)
    publish(dossier)
    assert read(dossier, reread=False)[1] == 2
    assert read(dossier, reread=True)[1] == 0
    if quoi == "session.toml":
        session.write_text(session.read_text("utf-8").replace("Essai", "Autre"), "utf-8")
    elif quoi == "profil":
        maison.write_text('base = "perequation"\n[notes.colonnes]\nnote = ["valeur"]\n', "utf-8")
    elif quoi == "abîmé":
        dossier.entrepot.write_bytes(b"abime" * 1000)
    elif quoi == "autre main":
        with duckdb.connect(str(dossier.entrepot)) as con:
            con.execute("update raw.notes set note = '20'")
    elif quoi == "sans sceau":
        (dossier.exports / EMPREINTE).unlink()
    name = "perequation.ingestion.unchanged.computing_fingerprint"
    with patch(name, return_value="autre") if quoi == "code" else patch(name + "_", create=True):
        assert read(open_dossier(tmp_path), reread=False)[1] == 0
    shutil.rmtree(dossier.sortie)
