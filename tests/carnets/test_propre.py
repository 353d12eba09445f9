"""A folder's own notebooks, logo, colours and sentence are in its pack."""

from pathlib import Path

import nbformat
import pytest
from carnets.atelier import PARAMETRES, SESSION

from perequation.edition import publish_reports
from perequation.edition.plan import plan_reports
from perequation.edition.propre import LOGO_MAXIMAL
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.journal import open_run

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'


def write_own_notebook(dossier: Dossier, name: str = "80_notre_page", level: str = "") -> Path:
    cells = [
        nbformat.v4.new_markdown_cell("# Notre page\n\nCombien sont présents ?"),
        nbformat.v4.new_code_cell(PARAMETRES, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print('spécialité lue :', specialite)"),
    ]
    metadata = {"perequation": {"niveau": level}} if level else {}
    folder = dossier.racine / "carnets"
    folder.mkdir(exist_ok=True)
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / f"{name}.ipynb"
    )
    return folder / f"{name}.ipynb"


def names(dossier: Dossier, **options: object) -> list[str]:
    return [rapport.nom for rapport in plan_reports(dossier, **options)]  # type: ignore[arg-type]


def test_an_own_notebook_is_planned_with_its_title_question_and_level(dossier: Dossier) -> None:
    write_own_notebook(dossier)
    own = next(r for r in plan_reports(dossier) if r.nom == "80_notre_page_CCST")
    assert (own.titre, own.question) == ("Notre page : BTS CCST", "Combien sont présents ?")
    assert "80_notre_page_CCST" not in names(dossier, diffusion="public")
    write_own_notebook(dossier, level="public")
    assert "80_notre_page_CCST" in names(dossier, diffusion="public")


def test_a_notebook_of_ours_cannot_be_replaced_unseen(dossier: Dossier) -> None:
    write_own_notebook(dossier, "20_resultats")
    with pytest.raises(ConfigurationError, match="nom d’un rapport livré"):
        plan_reports(dossier)


@pytest.mark.parametrize("damage", ["pas du JSON", '{"cells": 3}'])
def test_an_unreadable_notebook_is_told(dossier: Dossier, damage: str) -> None:
    write_own_notebook(dossier).write_text(damage, "utf-8")
    with pytest.raises(ConfigurationError, match="n’est pas un carnet"):
        plan_reports(dossier)


def test_an_unknown_level_is_told(dossier: Dossier) -> None:
    write_own_notebook(dossier, level="tous")
    with pytest.raises(ConfigurationError, match="niveau « tous » inconnu"):
        plan_reports(dossier)


def with_reports(dossier: Dossier, wanted: str) -> Dossier:
    path = dossier.racine / "session.toml"
    path.write_text(f"{SESSION}[rapports]\nproduire = [{wanted}]\n", "utf-8")
    return open_dossier(dossier.racine)


def test_session_toml_says_which_reports_are_made(dossier: Dossier) -> None:
    chosen = with_reports(dossier, '"40_jury"')
    assert names(chosen) == ["10_qualite", "40_jury_CCST"]


def test_an_unknown_report_is_told(dossier: Dossier) -> None:
    with pytest.raises(ConfigurationError, match="rapport inconnu « 45_jury »"):
        plan_reports(with_reports(dossier, '"45_jury"'))


def test_the_pack_wears_the_service_s_look(dossier: Dossier) -> None:
    write_own_notebook(dossier)
    look = dossier.racine / "gabarits"
    look.mkdir()
    (look / "logo.svg").write_text(LOGO, "utf-8")
    (look / "style.css").write_text(":root { --bleu: #123456; }", "utf-8")
    (look / "mention.txt").write_text("Division des examens <DEC>", "utf-8")
    with open_run(dossier, "editer") as journal:
        publish_reports(dossier, ["80_notre_page"], journal=journal)
    for name in ("80_notre_page_CCST.html", "index.html"):
        page = (dossier.rapports / name).read_text("utf-8")
        assert 'src="data:image/svg+xml;base64,' in page
        assert "--bleu: #123456" in page
        assert "Division des examens &lt;DEC&gt;" in page
    assert "spécialité lue : CCST" in (dossier.rapports / "80_notre_page_CCST.html").read_text(
        "utf-8"
    )
    assert "80_notre_page_CCST.html" in (dossier.rapports / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("logo.png", b"\x89PNG" + bytes(LOGO_MAXIMAL), "ko au plus"),
        ("style.css", b"</style><script>", "n’est pas du CSS"),
        ("mention.txt", b"\xe9", "n’est pas en UTF-8"),
    ],
)
def test_a_look_that_would_harm_a_page_is_refused(
    dossier: Dossier, name: str, content: bytes, said: str
) -> None:
    (dossier.racine / "gabarits").mkdir()
    (dossier.racine / "gabarits" / name).write_bytes(content)
    with open_run(dossier, "editer") as journal, pytest.raises(ConfigurationError, match=said):
        publish_reports(dossier, journal=journal)
