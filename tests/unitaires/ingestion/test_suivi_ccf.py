"""Who has sent its CCF marks: by template or otherwise, complete or not, late, altered."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest
from unitaires.ingestion.montage import imported, make_dossier
from unitaires.ingestion.montage_ccf import CANDIDATS, fill, recipients

from perequation.ingestion.ccf.modele_ccf import write_templates
from perequation.ingestion.ccf.suivi import Suivi, follow_templates, unexpected_templates
from perequation.socle.couches import build_missing

pytestmark = pytest.mark.lourd

LIMITE = date(2023, 5, 31)
N = "numero_candidat;specialite;session;epreuve;note;mode;centre;etape"


@contextmanager
def followed(racine: Path, fichiers: dict[str, str | Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    dossier = make_dossier(racine, {"candidats.csv": CANDIDATS, **fichiers})
    with imported(dossier, staging=True) as con:
        con.execute("update reference.ccf set date_limite = ?", [LIMITE])
        build_missing(con, ["marts.suivi_ccf"])
        yield con


def follow(
    racine: Path, fichiers: dict[str, str | Path], jour: date = date(2023, 6, 1)
) -> tuple[Suivi, ...]:
    with followed(racine, fichiers) as con:
        return follow_templates(con, jour, LIMITE)


def complete(modele: Path, cible: Path, **autres: object) -> Path:
    """Fill every mark of the one candidate of LYCEE B, then other cells."""
    rempli = fill(modele, cible, {(0, e): 10 + e for e in range(4)})
    classeur = openpyxl.load_workbook(rempli)
    for cellule, valeur in autres.items():
        classeur["Notes"][cellule] = valeur
    classeur.save(rempli)
    return rempli


def test_before_and_after_the_deadline(modeles: tuple[Path, ...], tmp_path: Path) -> None:
    complet = complete(modeles[1], tmp_path / "b.xlsx")
    a, b = follow(tmp_path / "s", {"ccf/b.xlsx": complet})
    assert (a.uai, a.etat, a.nb_attendues, a.nb_recues) == ("0990001W", "en_retard", 8, 0)
    assert (a.fichier, a.est_hors_delai, a.est_conforme) == (None, None, None)
    assert (b.uai, b.etat, b.nb_attendues, b.nb_recues) == ("0990002X", "complet", 4, 4)
    assert (b.fichier, b.est_modele, b.version) == ("donnees/ccf/b.xlsx", True, "1")
    # Saved when the test runs, years after the deadline.
    assert (b.est_hors_delai, b.est_conforme) == (True, True)
    avant = follow(tmp_path / "t", {"ccf/b.xlsx": complet}, date(2023, 5, 1))
    assert [s.etat for s in avant] == ["attendu", "complet"]


def test_altered_identities_and_rejected_marks(modeles: tuple[Path, ...], tmp_path: Path) -> None:
    """A rejected mark is not received; one of a candidate made unknown is counted all the same."""
    nom = complete(modeles[1], tmp_path / "b.xlsx", B5="MARTINE", H5=21)
    a, b = follow(tmp_path / "s", {"ccf/b.xlsx": nom})
    assert (b.etat, b.nb_recues, b.nb_rejetees, b.est_conforme) == ("incomplet", 3, 1, False)
    assert a.nb_rejetees == 0
    numero = complete(modeles[1], tmp_path / "c.xlsx", A5="99999")
    _, b = follow(tmp_path / "t", {"ccf/c.xlsx": numero})
    assert (b.etat, b.nb_recues, b.nb_rejetees, b.est_conforme) == ("incomplet", 0, 4, False)


def test_marks_that_came_as_csv_are_received(tmp_path: Path) -> None:
    lignes = [f"01236;CCST;2023;{e};12;CCF;0990002X;transmise" for e in ("E22", "E4", "E61", "E62")]
    # What the office enters afterwards is not what the establishment sent.
    harmonisees = [ligne.replace("transmise", "harmonisee") for ligne in lignes]
    autre = ["01235;CCST;2023;E4;9;CCF;0990001W;transmise", "01234;CCST;2023;E4;9;PONCTUEL;;"]
    a, b = follow(
        tmp_path,
        {
            "ccf/lycee b.csv": "\n".join([N, *lignes[:3]]),
            "ccf/suite.csv": "\n".join([N, lignes[3]]),
            "notes_harmonisees.csv": "\n".join([N, *harmonisees, *autre]),
        },
    )
    assert (b.etat, b.nb_recues, b.nb_attendues) == ("complet", 4, 4)
    assert (b.fichier, b.nb_fichiers, b.est_modele) == ("donnees/ccf/lycee b.csv", 2, False)
    # Nobody can say when a CSV was written, nor whose identities it had.
    assert (b.est_hors_delai, b.est_conforme) == (None, None)
    # The épreuve taken as ponctuel is not waited for.
    assert (a.etat, a.nb_recues, a.nb_attendues) == ("incomplet", 1, 7)


@pytest.mark.parametrize(("forme", "attendues"), [("GLOBALE", 4), ("PROGRESSIVE", 1)])
def test_forme_progressive_and_optional_epreuves_are_not_claimed(
    tmp_path: Path, forme: str, attendues: int
) -> None:
    candidats = CANDIDATS.split("\n")[0] + (
        f"\n01236;MARTIN;Ana;;CCST;2023;TOULOUSE;0990002X;LYCEE B;FORMATION CONTINUE;{forme}\n"
    )
    with followed(
        tmp_path,
        {
            "candidats.csv": candidats,
            "notes.csv": f"{N}\n01236;CCST;2023;E22;12;CCF;0990002X;transmise",
        },
    ) as con:
        con.execute("update reference.epreuve set est_ccf = true where epreuve = 'EF1'")
        con.execute("drop table marts.suivi_ccf; drop table intermediate.case_ccf")
        build_missing(con, ["marts.suivi_ccf"])
        (suivi,) = follow_templates(con, LIMITE, LIMITE)
        assert (suivi.nb_attendues, suivi.nb_recues) == (attendues, 1)
        (destinataire,) = recipients(con)
        assert destinataire.epreuves[-1][0] == "EF1"
        assert destinataire.epreuves[-1][1].endswith(" (facultative)")


def test_a_higher_version_counts_and_a_stranger_is_told(
    modeles: tuple[Path, ...], tmp_path: Path
) -> None:
    premier = complete(modeles[1], tmp_path / "1.xlsx")
    with followed(tmp_path / "avant", {}) as con:
        second = write_templates(recipients(con), tmp_path / "v2", version=2)[1]
    fichiers: dict[str, str | Path] = {"ccf/1.xlsx": premier, "ccf/2.xlsx": second}
    with followed(tmp_path / "s", fichiers) as con:
        _, b = follow_templates(con, LIMITE, LIMITE)
        # Sent back empty, it still replaces the first: the office asked for it again.
        assert (b.version, b.fichier, b.nb_recues) == ("2", "donnees/ccf/2.xlsx", 0)
        assert unexpected_templates(con) == []
    parti = CANDIDATS.replace(";0990002X;LYCEE B", ";0990009F;LYCEE F")
    with followed(tmp_path / "t", {"candidats.csv": parti, "ccf/1.xlsx": premier}) as con:
        assert unexpected_templates(con) == [("donnees/ccf/1.xlsx", "0990002X", "CCST")]


def test_a_mark_kept_for_a_whole_epreuve_is_not_claimed(tmp_path: Path) -> None:
    attendues = {
        ("E1", "BENEFICE"): 4,
        ("E6", "BENEFICE"): 2,  # the whole épreuve: both its parts
        ("E61", "REPORT"): 3,
        ("E2", "BENEFICE"): 3,  # of E21 and E22, only E22 is a CCF
        ("E6", "CCF"): 4,  # no épreuve of that code: rejected
        ("E6", "PONCTUEL"): 4,
    }
    entete, *_, modele = CANDIDATS.split("\n")[:4]
    numeros = {cas: f"0200{rang}" for rang, cas in enumerate(attendues)}
    candidats = [modele.replace("01236", numero) for numero in numeros.values()]
    notes = [f"{n};CCST;2023;{e};16;{mode};0990002X;" for (e, mode), n in numeros.items()]
    fichiers: dict[str, str | Path] = {"notes.csv": "\n".join([N, *notes])}
    fichiers["candidats.csv"] = "\n".join([entete, *candidats])
    with followed(tmp_path, fichiers) as con:
        rows = con.execute("select numero_candidat from intermediate.case_ccf").fetchall()
    trouvees = [numero for (numero,) in rows]
    assert {cas: trouvees.count(n) for cas, n in numeros.items()} == attendues
