"""The chart engine is packed once per account; where the account keeps nothing, once per folder."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from perequation.edition import contexte

NOM = f"vega-{version('vl-convert-python')}.txt"


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    made: list[Path] = []

    def call(function: Any, arguments: tuple[str], timeout: float) -> None:
        made.append(Path(arguments[0]))
        made[-1].write_text("moteur", encoding="ascii")

    monkeypatch.setattr(contexte.process, "call", call)
    return made


def test_it_is_packed_once_for_all_session_folders(
    tmp_path: Path, packed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contexte, "_account_cache", lambda: tmp_path / "compte" / "perequation")
    for nom in ("a", "b"):
        assert contexte.chart_engine(tmp_path / nom) == tmp_path / "compte" / "perequation" / NOM
    assert len(packed) == 1
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("account", [None, Path("/proc/perequation")])
def test_without_a_place_of_the_account_s_it_is_kept_with_the_session(
    tmp_path: Path, packed: list[Path], monkeypatch: pytest.MonkeyPatch, account: Path | None
) -> None:
    monkeypatch.setattr(contexte, "_account_cache", lambda: account)
    assert contexte.chart_engine(tmp_path) == tmp_path / ".cache" / NOM
    assert contexte.chart_engine(tmp_path) == tmp_path / ".cache" / NOM
    assert len(packed) == 1


def test_a_relative_place_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "ici")
    assert contexte._account_cache() is None
