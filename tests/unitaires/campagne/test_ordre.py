"""Which folders are sessions, and in which order they are run."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.campagne.sessions import Order, Trouvee, find_sessions
from perequation.socle.erreurs import ConfigurationError, MissingInputError

SESSION = """
[session]
annee = 2023
titre = "t"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]

[donnees]
candidats = ["c*.csv"]
notes = ["n*.csv"]
"""


def _session(racine: Path, octets: int, precedentes: str = "") -> None:
    racine.mkdir(parents=True)
    suite = f"sessions_precedentes = [{precedentes!r}]\n" if precedentes else ""
    (racine / "session.toml").write_text(SESSION + suite, encoding="utf-8")
    (racine / "c.csv").write_bytes(b"x" * octets)


def test_finds_sessions_at_any_depth_the_largest_first(tmp_path: Path) -> None:
    _session(tmp_path / "petite", 1)
    _session(tmp_path / "toulouse" / "2023" / "grande", 100)
    _session(tmp_path / "petite" / "sortie" / "copie", 500)  # inside a session: not one of ours
    _session(tmp_path / ".cachee", 900)
    (tmp_path / "vide").mkdir()
    assert [t.nom for t in find_sessions(tmp_path)] == ["toulouse/2023/grande", "petite"]


def test_a_session_whose_settings_are_wrong_is_found_too(tmp_path: Path) -> None:
    _session(tmp_path / "bonne", 1)
    (tmp_path / "fausse").mkdir()
    (tmp_path / "fausse" / "session.toml").write_text("[session", encoding="utf-8")
    assert {t.nom for t in find_sessions(tmp_path)} == {"bonne", "fausse"}


def test_no_session_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="Aucun dossier de session"):
        find_sessions(tmp_path)
    with pytest.raises(MissingInputError, match="n'existe pas"):
        find_sessions(tmp_path / "absent")


def test_a_session_folder_is_no_campaign(tmp_path: Path) -> None:
    _session(tmp_path / "s", 1)
    with pytest.raises(ConfigurationError, match="lui-même un dossier de session"):
        find_sessions(tmp_path / "s")


def test_an_earlier_session_comes_before_the_one_that_reads_it(tmp_path: Path) -> None:
    _session(tmp_path / "2022", 1)
    _session(tmp_path / "2023", 100, "../2022")
    order = Order(find_sessions(tmp_path))
    first = order.take(stuck=True)
    assert first is not None
    assert first.nom == "2022"
    assert order.take(stuck=False) is None  # 2022 is under way
    order.finish("2022")
    second = order.take(stuck=False)
    assert second is not None
    assert second.nom == "2023"


@settings(max_examples=60)
@given(st.data())
def test_every_session_is_taken_once_and_after_those_it_reads(data: st.DataObject) -> None:
    noms = [str(n) for n in range(data.draw(st.integers(1, 8)))]
    lit = {nom: data.draw(st.frozensets(st.sampled_from(noms))) - {nom} for nom in noms}
    without_circle = data.draw(st.booleans())
    if without_circle:
        lit = {nom: frozenset(a for a in avant if a < nom) for nom, avant in lit.items()}
    trouvees = tuple(Trouvee(nom, Path(nom), 0, lit[nom]) for nom in noms)
    order, places, under_way, done = Order(trouvees), data.draw(st.integers(1, 3)), [], []
    while len(order) or under_way:
        while len(under_way) < places:
            taken = order.take(stuck=not under_way)
            if taken is None:
                break
            if without_circle:
                assert taken.precedentes <= set(done)
            under_way.append(taken.nom)
        ended = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
        order.finish(ended)
        done.append(ended)
    assert sorted(done) == noms
