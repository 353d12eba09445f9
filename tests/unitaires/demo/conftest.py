"""The three sessions, written once, and their files read back without the product's reader."""

import csv
import io
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from perequation.demo import list_sessions, make_session

Lignes = list[dict[str, str]]


def read_csv(chemin: Path) -> Lignes:
    contenu = chemin.read_bytes()
    try:
        texte = contenu.decode("utf-8-sig")
    except UnicodeDecodeError:
        texte = contenu.decode("cp1252")
    entete = texte.partition("\n")[0]
    separateur = max(";,\t", key=entete.count)
    lignes = csv.DictReader(io.StringIO(texte, newline=""), delimiter=separateur)
    return [{cle.lower(): valeur for cle, valeur in ligne.items()} for ligne in lignes]


@dataclass(frozen=True)
class SessionLue:
    nom: str
    racine: Path

    def lire(self, motif: str) -> Lignes:
        chemins = sorted((self.racine / "donnees").glob(motif))
        return [ligne for chemin in chemins for ligne in read_csv(chemin)]

    @property
    def candidats(self) -> Lignes:
        return self.lire("candidats*.csv")

    @property
    def notes(self) -> Lignes:
        return [*self.lire("notes*.csv"), *self.lire("ccf/*.csv")]

    @property
    def configuration(self) -> dict:
        return tomllib.loads((self.racine / "session.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SessionLue]:
    base = tmp_path_factory.mktemp("demo")
    return {nom: SessionLue(nom, make_session(nom, base / nom)) for nom in list_sessions()}


@pytest.fixture(params=list_sessions())
def session(request: pytest.FixtureRequest, sessions: dict[str, SessionLue]) -> SessionLue:
    return sessions[request.param]


@pytest.fixture
def ccst(sessions: dict[str, SessionLue]) -> SessionLue:
    return sessions["ccst-2023-toulouse"]


@pytest.fixture
def ndrc(sessions: dict[str, SessionLue]) -> SessionLue:
    return sessions["ndrc-2022-toulouse"]


@pytest.fixture
def mco(sessions: dict[str, SessionLue]) -> SessionLue:
    return sessions["mco-2022-aix-marseille-corse"]
