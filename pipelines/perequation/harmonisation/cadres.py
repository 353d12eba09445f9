"""One's own data frames instead of a session folder: the sums the method starts from."""

from collections.abc import Sequence

import polars as pl

from perequation.harmonisation.ecarts.motifs import EFFECTIF_MASQUE
from perequation.harmonisation.ecarts.trames import CLE, Trames
from perequation.socle import couches, entrepot
from perequation.socle.erreurs import PerequationError

#: Columns a table of marks must have, and those it may have with what stands for them.
OBLIGATOIRES = ("candidat", "epreuve", "unite", "note")
FACULTATIVES = {
    "session": pl.lit(0, pl.Int32),
    "specialite": pl.lit("", pl.String),
    "etape": pl.lit("transmise", pl.String),
    "type_unite": pl.lit("etablissement", pl.String),
    "commission": pl.lit(None, pl.String),
    "academie": pl.lit(None, pl.String),
}
NOTE_MAXIMALE = 20
_CANDIDAT = ["session", "specialite", "numero_candidat"]
_SCHEMAS = ("staging", "reference", "intermediate")


def sum_marks(
    notes: pl.DataFrame,
    ancres: Sequence[str],
    *,
    alerte_ecart: float = 0.5,
    ancres_par_academie: bool = False,
) -> Trames:
    """Sum a long table of marks into the frames `compute_ecarts` takes.

    The sums are made by the SQL of the sessions themselves (``sql/intermediate/harmonisation_*``):
    same marks, same figures.

    Parameters
    ----------
    notes
        One row per candidate and épreuve: candidat, epreuve, unite (who marked it; may be null for
        an anchor), note (0 to 20; rows without one are left out). Optional: session, specialite,
        etape, type_unite (etablissement, centre or commission), commission, academie (the
        candidate's).
    ancres
        Épreuves marked anonymously outside the units; the others are studied.
    alerte_ecart
        Δ, the gap from which a difference is material, in points out of 20.
    ancres_par_academie
        The anchors were marked académie by académie, and are compared inside it.

    Returns
    -------
    Trames
        Sums per unit, per unit and anchor, per pair of anchors.

    Raises
    ------
    PerequationError
        A column is missing, a mark is not between 0 and 20, a candidate has two marks at an
        épreuve, a mark studied has no unit, or nothing is an anchor.

    Examples
    --------
    >>> from perequation.harmonisation import compute_ecarts, sum_marks
    >>> ecarts = compute_ecarts(sum_marks(notes, ["E1", "E3", "E5"]))  # doctest: +SKIP
    """
    propres = _check(notes, ancres)
    est_ancre = pl.col("epreuve").is_in(list(ancres))
    tables = {
        "intermediate.harmonisation_note": propres.filter(~est_ancre).select(
            *CLE, "unite", "commission", "numero_candidat", "note"
        ),
        "intermediate.harmonisation_ancre": propres.filter(est_ancre).select(
            *_CANDIDAT, "note", "commission", ancre="epreuve"
        ),
        "staging.candidat": propres.group_by(_CANDIDAT, maintain_order=True).agg(
            pl.col("academie").drop_nulls().first()
        ),
        "reference.ancrage": pl.DataFrame(
            {"par": ["academie"] if ancres_par_academie else []}, schema={"par": pl.String}
        ),
    }
    declarees = (
        propres.select("specialite")
        .unique()
        .join(pl.DataFrame({"epreuve": list(ancres)}), how="cross")
    )
    return Trames(
        **_sum(tables),
        ancres_declarees=declarees,
        alerte_ecart=alerte_ecart,
        effectif_minimal=EFFECTIF_MASQUE,
    )


def _sum(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    a_faire = couches.upstream_of(Trames.RELATIONS.values())
    relations = [r for r in a_faire if r.startswith("intermediate.harmonisation_")]
    with entrepot.open_memory() as con:
        for schema in _SCHEMAS:
            con.execute(f"create schema {schema}")
        for relation, table in tables.items():
            entrepot.write_table(con, relation, table)
        couches.build_relations(con, [r for r in relations if r not in tables])
        return {
            champ: entrepot.read_relation(con, relation)
            for champ, relation in Trames.RELATIONS.items()
        }


def _check(notes: pl.DataFrame, ancres: Sequence[str]) -> pl.DataFrame:
    """Return the marks with every column, exact, or say what is wrong with them."""
    absentes = [nom for nom in OBLIGATOIRES if nom not in notes.columns]
    if absentes:
        raise PerequationError(f"Colonnes absentes du tableau de notes : {', '.join(absentes)}.")
    ajoutees = [v.alias(nom) for nom, v in FACULTATIVES.items() if nom not in notes.columns]
    propres = notes.with_columns(ajoutees).filter(pl.col("note").is_not_null())
    if not propres.schema["note"].is_numeric():
        raise PerequationError("La colonne note doit être faite de nombres.")
    hors = propres.filter(~pl.col("note").is_between(0, NOTE_MAXIMALE))
    est_ancre = pl.col("epreuve").is_in(list(ancres))
    fautes = {
        "Notes hors de 0 à 20": hors.height,
        "Candidats notés deux fois à une épreuve": propres.select(
            pl.struct("session", "specialite", "candidat", "epreuve", "etape").is_duplicated().sum()
        ).item(),
        "Notes étudiées sans unité": propres.filter(~est_ancre & pl.col("unite").is_null()).height,
    }
    dites = [f"{faute} : {count}." for faute, count in fautes.items() if count]
    if dites:
        raise PerequationError(" ".join(dites))
    if propres.filter(est_ancre).is_empty():
        raise PerequationError(f"Aucune note aux épreuves d'ancrage ({', '.join(ancres)}).")
    texts = ["specialite", "epreuve", "etape", "type_unite", "unite", "commission", "academie"]
    return propres.select(
        pl.col("session").cast(pl.Int32),
        pl.col(texts).cast(pl.String),
        numero_candidat=pl.col("candidat").cast(pl.String),
        note=pl.col("note").cast(pl.Decimal(4, 2)),
    )
