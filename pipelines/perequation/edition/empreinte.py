"""What a page depends on, as a hash: `--reprendre` makes again what has another one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import perequation
from perequation.edition.plan import Rapport
from perequation.socle import manifeste
from perequation.socle.dossier import Dossier
from perequation.socle.freshness import code_fingerprint


def report_fingerprint(rapport: Rapport, *autres: str) -> str:
    """Return the hash of a report: its notebook, its parameters, our code, and what is given."""
    elements = [
        rapport.nom,
        rapport.titre,
        rapport.niveau,
        hashlib.sha256(rapport.notebook.read_bytes()).hexdigest(),
        # The folder may be moved: what is in it counts, not where it is.
        json.dumps(dict(rapport.parametres) | {"dossier": ""}, sort_keys=True, default=str),
        *autres,
        perequation.__version__,
        code_fingerprint("gabarits"),
    ]
    return _hash("\n".join(elements))


def data_fingerprint(dossier: Dossier, entrepot: Path) -> str:
    """Return the hash of all that reports read, besides their parameters.

    The results, the settings of the session, what it declares of renumbered épreuves, and the
    results of the earlier sessions it names.
    """
    return _hash("\n".join(_read(dossier, entrepot)))


def warehouse_fingerprint(entrepot: Path) -> str:
    """Return the hash of what results were made from, or of the results where that is lost.

    Empty when there are none.
    """
    import duckdb

    if not entrepot.is_file():
        return ""
    try:
        content = manifeste.read_manifeste(entrepot)
    except duckdb.Error:
        content = None
    if content is None:
        return manifeste.sha256_of(entrepot)
    # Computed again from the same inputs, results are the same: when doesn't count.
    return _hash(json.dumps(content | {"calcule_le": ""}, sort_keys=True))


def _read(dossier: Dossier, entrepot: Path) -> Iterator[str]:
    yield warehouse_fingerprint(entrepot)
    # Thresholds are read when a report is made: they may have changed since the computation.
    yield dossier.configuration.model_dump_json()
    for path in sorted((dossier.racine / "reglements").rglob("*.toml")):
        yield f"{path.name} {manifeste.sha256_of(path)}"
    for nom, folder in dossier.earlier_folders():
        avant = (folder or Path(nom)) / "sortie" / "perequation.duckdb"
        yield f"{nom} {warehouse_fingerprint(avant)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
