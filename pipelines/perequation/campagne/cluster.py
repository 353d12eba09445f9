"""A session run on a worker of a Dask cluster, in a child of its own with its warm server."""

from __future__ import annotations

import time
from typing import Any

from perequation.campagne.session import Demande, not_done, run_session
from perequation.edition.cluster import allow_children
from perequation.edition.moteur import process
from perequation.edition.moteur.relay import Pool
from perequation.socle.erreurs import ConfigurationError

HOLDERS_DEATH = 5.0


def run_on_worker(demande: Demande, timeout: float | None) -> tuple[None, str, Any]:
    """Run a session; return the kind of its end and its value, as `Pool.wait` tells them."""
    allow_children()
    if not demande.racine.is_dir():
        error = ConfigurationError(
            f"Il faut un disque partagé : l'ouvrier Dask ne voit pas le dossier « {demande.racine} »."
        )
        return None, "result", not_done(demande.nom, error)
    process.preheat("perequation.campagne.preheat")
    kind, value = _run_in_child(demande, timeout)
    if kind == "result" and value.statut == "tenue":
        # By the child of a worker that has just been lost, perhaps: it ends with it.
        time.sleep(HOLDERS_DEATH)
        kind, value = _run_in_child(demande, timeout)
    return None, kind, value


def _run_in_child(demande: Demande, timeout: float | None) -> tuple[str, Any]:
    pool = Pool(1)
    try:
        pool.start(run_session, (demande,), timeout, demande.nom)
        while True:
            for _, kind, value in pool.wait():
                if kind != "event":
                    return kind, value
    finally:
        pool.close()
