"""The rules for a user of Great Expectations: its own JSON, its own project, its Data Docs."""

import json
from pathlib import Path
from typing import Any

from perequation.controles.dialecte import NOM
from perequation.controles.validation import build_suites
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import open_read_only
from perequation.socle.erreurs import ConfigurationError


def write_suites(folder: Path) -> tuple[Path, ...]:
    """Write every suite as the JSON that stock Great Expectations loads, one file a suite.

    Parameters
    ----------
    folder
        Where to write; made when it isn't there.

    Returns
    -------
    tuple of pathlib.Path
        The files, by name of suite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, suite in build_suites().items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(suite, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def warehouse_url(dossier: Dossier) -> str:
    """Return the address by which SQLAlchemy, and so Great Expectations, reads what is published.

    Raises
    ------
    MissingInputError
        Nothing is published.
    """
    open_read_only(dossier.entrepot).close()
    return f"{NOM}:///{dossier.entrepot}"


def build_data_docs(dossier: Dossier, folder: Path) -> Path:
    """Validate the published warehouse in a Great Expectations project and build its Data Docs.

    Their pages load style sheets from the network when there is one: they are for whoever asked,
    and never part of a pack.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    folder
        Where the project is made; it must not hold one.

    Returns
    -------
    pathlib.Path
        The first page.

    Raises
    ------
    ConfigurationError
        The folder holds a project already.
    """
    if (folder / "gx").exists():
        raise ConfigurationError(
            f"« {folder} » contient déjà un projet Great Expectations (gx/). Choisissez un autre dossier."
        )
    import great_expectations as gx

    url = warehouse_url(dossier)
    folder.mkdir(parents=True, exist_ok=True)
    context: Any = gx.get_context(mode="file", project_root_dir=str(folder))
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "perequation", connection_string=url, create_temp_table=False
    )
    definitions = [
        _add_definition(context, source, name, suite) for name, suite in build_suites().items()
    ]
    checkpoint = gx.Checkpoint(name="session", validation_definitions=definitions)
    context.checkpoints.add(checkpoint).run()
    context.build_data_docs()
    source.get_engine().dispose()
    return folder / "gx" / "uncommitted" / "data_docs" / "local_site" / "index.html"


def _add_definition(context: Any, source: Any, name: str, suite: dict[str, Any]) -> Any:
    import great_expectations as gx

    asset = source.add_query_asset(name, query=f"select * from {suite['meta']['relation']}")
    batch = asset.add_batch_definition_whole_table(name)
    added = context.suites.add(gx.ExpectationSuite(**suite))
    return context.validation_definitions.add(
        gx.ValidationDefinition(name=name, data=batch, suite=added)
    )
