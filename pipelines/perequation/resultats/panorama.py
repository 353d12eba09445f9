"""The door of a whole campaign: what several sessions say together, read from their folders' Parquet.

A figure of several sessions adds up only figures that each publishes: it tells nothing that these
don't, whatever is subtracted from it. The exam office's own view adds up all of them.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from perequation.presentation.publie import INTERNE, Publie
from perequation.resultats.evolution import with_rate_change
from perequation.resultats.intervalles import Z_95, with_wilson
from perequation.socle import entrepot
from perequation.socle.configuration import Seuils
from perequation.socle.erreurs import MissingInputError
from perequation.socle.ressources import ressource

# Those of a session's exports that are read; only `reussite` and `masquage` outside the office.
PUBLIQUES = ("reussite", "masquage")
INTERNES = ("ecart_en_vigueur", "suivi_ccf", "anomalie")
#: Establishments under which their own spread can't be told from chance.
ETABLISSEMENTS_MINIMUM = 10
#: Part of a group's présents whose result must be published for their rate to be told as the group's.
PART_PUBLIEE = 0.9


@dataclass(frozen=True)
class Panorama:
    """What several sessions say together.

    Attributes
    ----------
    nb_dossiers, nb_copies
        Session folders read, and those left out because their inputs are, byte for byte, another's.
    doublons
        Sessions, spécialités and académies that several folders give: their candidates may count
        twice.
    taux
        By angle (specialite, academie, statut), groupe and session: see `sql/panorama/taux.sql`,
        with taux_bas and taux_haut.
    structure
        The change of the overall rate between two sessions, its interval and its two parts; sessions
        where decisions after the contrôle are awaited are left out, here and of `etablissements`.
    etablissements, epreuves, qualite
        Of the exam office alone: None in a document that leaves it.
    """

    nb_dossiers: int
    nb_copies: int
    doublons: Publie
    taux: Publie
    structure: Publie
    etablissements: pl.DataFrame | None = None
    epreuves: pl.DataFrame | None = None
    qualite: pl.DataFrame | None = None


def read_panorama(racine: str | Path, diffusion: str) -> Panorama:
    """Read every published session below a folder.

    Parameters
    ----------
    racine
        The campaign's folder.
    diffusion
        ``public`` or ``interne``.

    Raises
    ------
    MissingInputError
        No session below it has published results.
    """
    published = Path(racine).glob("**/sortie/exports/reussite.parquet")
    found = sorted(path.parent for path in published)
    dossiers = list({_inputs_of(path): path for path in reversed(found)}.values())
    if not dossiers:
        raise MissingInputError(f"Aucune session sous « {racine} » n'a de résultats publiés.")
    interne = diffusion == INTERNE
    with entrepot.open_memory() as con:
        for table in (*PUBLIQUES, *(INTERNES if interne else ())):
            _attach(con, table, dossiers)
        known = {"minimum": Seuils().effectif_minimal, "part": PART_PUBLIEE}
        taux = _ask(con, "taux", {"interne": interne, **known})
        con.register("taux", taux.to_arrow())
        structure = _ask(con, "structure")
        return Panorama(
            len(dossiers),
            len(found) - len(dossiers),
            Publie(_ask(con, "doublon"), diffusion),
            Publie(_with_interval(taux), diffusion),
            Publie(_with_change(structure), diffusion),
            shrink(_ask(con, "etablissement")) if interne else None,
            _ask(con, "epreuve") if interne else None,
            _ask(con, "qualite") if interne else None,
        )


def _with_interval(taux: pl.DataFrame) -> pl.DataFrame:
    """Add the interval of each rate, of those whose result is in it."""
    counted = taux.select("admis", presents="presents_publies")
    return taux.hstack(with_wilson(counted).select("taux_bas", "taux_haut"))


def _with_change(structure: pl.DataFrame) -> pl.DataFrame:
    """Add changement_bas and changement_haut (95 %), by the interval every report gives a change."""
    bounds: list[tuple[float | None, float | None]] = []
    for row in structure.to_dicts():
        both = pl.DataFrame(
            {
                "session": [0, 1],
                "presents": [row["presents_avant"], row["presents_apres"]],
                "admis": [row["admis_avant"], row["admis_apres"]],
            }
        ).with_columns(taux_reussite=pl.col("admis") / pl.col("presents"))
        change = with_rate_change(with_wilson(both), 1).row(0, named=True)
        bounds.append((change["ecart_bas"], change["ecart_haut"]))
    names = ("changement_bas", "changement_haut")
    return structure.hstack(
        pl.DataFrame(bounds, schema=dict.fromkeys(names, pl.Float64), orient="row")
    )


def _inputs_of(exports: Path) -> str:
    """Return what a session was computed from, as its manifest has it; its place when it has none."""
    try:
        manifeste = json.loads((exports / "manifeste.json").read_text(encoding="utf-8"))
        return json.dumps(
            [manifeste["session_toml"], sorted(e["sha256"] for e in manifeste["entrees"])]
        )
    except (OSError, ValueError, KeyError):
        return str(exports)


def _attach(con: duckdb.DuckDBPyConnection, table: str, dossiers: list[Path]) -> None:
    """Make a view of a table of every session, with the folder each row comes from."""
    files = [str(path / f"{table}.parquet") for path in dossiers]
    present = [path for path in files if Path(path).is_file()]
    if not present:
        raise MissingInputError(f"Aucune session n'a publié la table {table}.")
    # DuckDB takes these for patterns: the characters that make one stand for themselves.
    literal = ["".join(f"[{c}]" if c in "*?[" else c for c in path) for path in present]
    rows = con.read_parquet(literal, union_by_name=True, filename=True)
    rows.select("* exclude (filename), parse_dirpath(filename) as dossier").create_view(table)


def _ask(
    con: duckdb.DuckDBPyConnection, nom: str, parametres: dict[str, object] | None = None
) -> pl.DataFrame:
    sql = ressource("sql", "panorama", f"{nom}.sql").read_text(encoding="utf-8")
    return con.sql(sql, params=parametres).pl()


def shrink(etablissements: pl.DataFrame) -> pl.DataFrame:
    """Add what is left of the difference between observed and expected once chance is allowed for.

    Parameters
    ----------
    etablissements
        presents, admis, attendus, variance (of admis, were the establishment like the others).

    Returns
    -------
    polars.DataFrame
        The same rows with ecart (admis − attendus over presents), ecart_retenu, ecart_bas,
        ecart_haut (95 %), proba_contraire (that the true one has the other sign) and constat:
        ``plus_haut``, ``plus_bas``, ``comme_les_autres``; empty and ``indisponible`` under
        `ETABLISSEMENTS_MINIMUM` establishments.

    Notes
    -----
    d_i ~ N(δ_i, v_i), δ_i ~ N(0, τ²): τ² by moments (mean of d² − v, weighted by presents, not
    under 0), δ_i by its posterior mean τ² / (τ² + v_i) × d_i. Morris, JASA 78, 1983.
    """
    from scipy.special import ndtr

    n = pl.col("presents").cast(pl.Float64)
    rows = etablissements.with_columns(
        ecart=(pl.col("admis") - pl.col("attendus")) / n, v=pl.col("variance") / n**2
    )
    if rows.height < ETABLISSEMENTS_MINIMUM:
        empty = pl.lit(None, dtype=pl.Float64)
        return rows.drop("v").with_columns(
            ecart_retenu=empty,
            ecart_bas=empty,
            ecart_haut=empty,
            proba_contraire=empty,
            constat=pl.lit("indisponible"),
        )
    weighted = ((pl.col("ecart") ** 2 - pl.col("v")) * n).sum() / n.sum()
    tau2 = max(float(rows.select(weighted).item() or 0.0), 0.0)
    share = pl.lit(tau2) / (tau2 + pl.col("v"))
    half = Z_95 * (share * pl.col("v")).sqrt()
    kept = rows.with_columns(
        ecart_retenu=pl.when(tau2 > 0).then(share * pl.col("ecart")).otherwise(0.0),
        demi=pl.when(tau2 > 0).then(half).otherwise(0.0),
    ).with_columns(
        ecart_bas=pl.col("ecart_retenu") - pl.col("demi"),
        ecart_haut=pl.col("ecart_retenu") + pl.col("demi"),
    )
    # Two-sided 95 % is Z_95 standard deviations on each side.
    away = (pl.col("ecart_retenu").abs() / pl.col("demi") * Z_95).fill_nan(0.0)
    kept = kept.with_columns(proba_contraire=pl.Series(ndtr(-kept.select(away).to_series())))
    constat = (
        pl.when(pl.col("ecart_bas") > 0)
        .then(pl.lit("plus_haut"))
        .when(pl.col("ecart_haut") < 0)
        .then(pl.lit("plus_bas"))
        .otherwise(pl.lit("comme_les_autres"))
    )
    return kept.with_columns(constat=constat).drop("v", "demi")
