"""The commands on many sessions end with the code of the contract."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from perequation import campagne, cli, preuve
from perequation.campagne import BilanCampagne
from perequation.campagne.session import SessionFaite


def _run(*arguments: str) -> int:
    try:
        cli.main(list(arguments))
    except SystemExit as fin:
        return int(fin.code or 0)
    return 0


@pytest.mark.parametrize(
    ("statut", "code"), [("faite", 0), ("echec", 4), ("tenue", 5), ("attendue", 6)]
)
def test_a_campaign_ends_with_the_code_of_its_gravest_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statut: str, code: int
) -> None:
    bilan = BilanCampagne(tmp_path, (SessionFaite("s", statut),))  # type: ignore[arg-type]
    monkeypatch.setattr(campagne, "run_campaign", lambda *_, **__: bilan)
    assert _run("campagne", str(tmp_path)) == code


@pytest.mark.parametrize(("est_egal", "code"), [(True, 0), (False, 4)])
def test_an_archive_that_gives_something_else_ends_with_4(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, est_egal: bool, code: int
) -> None:
    constat = SimpleNamespace(lines=lambda: ["dit"], est_egal=est_egal)
    monkeypatch.setattr(preuve, "verify_archive", lambda _: constat)
    assert _run("verifier", str(tmp_path / "a.zip")) == code
