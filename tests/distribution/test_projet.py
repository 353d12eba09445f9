"""What says the project to others: publiccode.yml, CITATION.cff, the contributor's pages."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

RACINE = Path(__file__).resolve().parents[2]
PROJET: dict[str, Any] = tomllib.loads((RACINE / "pyproject.toml").read_text("utf-8"))["project"]
PAGES = [
    RACINE / name for name in ("CONTRIBUTING.md", "SECURITY.md", "README.md", "CHANGELOG.md")
] + sorted((RACINE / "docs").rglob("*.md"))
# Keys the standard (0.4) requires, by dotted path; its closed lists that we use.
REQUIRED = (
    "publiccodeYmlVersion",
    "name",
    "platforms",
    "developmentStatus",
    "softwareType",
    "legal.license",
    "maintenance.type",
    "maintenance.contacts",
    "localisation.localisationReady",
    "localisation.availableLanguages",
    "description",
)
HADOLINT = Path(sys.executable).parent / "hadolint"
MADE = ("donnees/", "sortie/", "reports/demo")  # in a session folder, by the program
STATUSES = {"concept", "development", "beta", "stable", "obsolete"}
TYPES = {
    "standalone/mobile",
    "standalone/iot",
    "standalone/desktop",
    "standalone/web",
    "standalone/backend",
    "standalone/other",
    "addon",
    "library",
    "configurationFiles",
}


def read(name: str) -> dict[str, Any]:
    return yaml.safe_load((RACINE / name).read_text("utf-8"))


def at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document[key]
    return document


@pytest.mark.parametrize("path", REQUIRED)
def test_publiccode_has_what_the_standard_requires(path: str) -> None:
    assert at(read("publiccode.yml"), path) not in (None, "", [])


def test_publiccode_stays_within_the_standard_s_lists_and_lengths() -> None:
    document = read("publiccode.yml")
    assert str(document["publiccodeYmlVersion"]) == "0.4"
    assert document["developmentStatus"] in STATUSES
    assert document["softwareType"] in TYPES
    assert document["maintenance"]["type"] in {"internal", "contract", "community", "none"}
    assert all(contact["name"] for contact in document["maintenance"]["contacts"])
    assert set(document["localisation"]["availableLanguages"]) <= set(document["description"])
    for language, words in document["description"].items():
        assert len(words["shortDescription"]) <= 150, language
        assert 150 <= len(words["longDescription"]) <= 10_000, language
        assert words["features"], language


def test_what_is_said_of_the_project_is_pyproject_s() -> None:
    public, citation = read("publiccode.yml"), read("CITATION.cff")
    assert public["softwareVersion"] == citation["version"] == PROJET["version"]
    assert public["legal"]["license"] == citation["license"] == PROJET["license"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(RACINE)))
def test_pages_link_to_files_that_exist(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    "page", ["CONTRIBUTING.md", "docs/dev/architecture.md", "docs/dev/decisions"]
)
def test_contributor_pages_name_files_and_targets_that_exist(page: str) -> None:
    folder = RACINE / page
    texts = [p.read_text("utf-8") for p in folder.glob("*.md")] if folder.is_dir() else []
    text = "\n".join(texts) if texts else folder.read_text("utf-8")
    package = RACINE / "pipelines" / "perequation"
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", text)
    named = [path for path in named if not path.startswith(MADE)]
    assert named
    for path in named:
        places = (RACINE / path, package / path, package / "ingestion" / path)
        assert any(place.exists() for place in places), path
    makefile = (RACINE / "Makefile").read_text("utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint is not made for this system")
def test_the_dockerfile_is_linted() -> None:
    """No builder stands where the tests run; the linter does."""
    done = subprocess.run(
        [HADOLINT, "--no-color", "Dockerfile"],
        cwd=RACINE,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_the_dockerfile_pins_the_locked_uv() -> None:
    """The lock is read by the uv that wrote it."""
    (pinned,) = re.findall(r"uv==(\S+)", (RACINE / "Dockerfile").read_text("utf-8"))
    lock = tomllib.loads((RACINE / "uv.lock").read_text("utf-8"))

    assert pinned in {package["version"] for package in lock["package"] if package["name"] == "uv"}
