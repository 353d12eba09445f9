"""What unconfirmed coefficients may change: the same marks, decided under other plausible ones."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import polars as pl

from perequation.presentation import lexique
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, fold, paragraph, stack
from perequation.socle import couches, entrepot, formats
from perequation.socle.dossier import load_reglements
from perequation.socle.lecture import Lecture
from perequation.socle.regles_decision import write_threshold

# What a decision is computed from, as the results keep it; coefficients apart.
_LUES = ("reference.regime", "reference.regle_decision", "reference.parametre")
_PAR_SPECIALITE = ("staging.candidat", "intermediate.note_premier_groupe", "reference.specialite")
_REFAITES = (
    "intermediate.note_retenue",
    "intermediate.points_candidat",
    "intermediate.decision_calculee",
)
# Each set of coefficients is a spécialité of its own, named by its number: all are decided at once.
_REPETEE = """
    create table {relation} as
    select lue.* replace (reprise::varchar as specialite)
    from publie.{relation} as lue
    cross join range($nombre) as repartitions(reprise)
    where lue.specialite = $specialite"""
_EPREUVES = """
    create table reference.epreuve as
    select e.* replace (
        reprise::varchar as specialite,
        coalesce(autres.coefficient::decimal(6, 2), e.coefficient) as coefficient
    )
    from publie.reference.epreuve as e
    cross join range($nombre) as repartitions(reprise)
    left join autres using (reprise, epreuve)
    where e.specialite = $specialite"""
_CHANGEMENTS = """
    select
        refaite.specialite::int as reprise, numero_candidat, publiee.moyenne_generale,
        publiee.decision_calculee, refaite.decision_calculee as decision_autre
    from intermediate.decision_calculee as refaite
    join publie.marts.resultat_candidat as publiee using (numero_candidat, session)
    where publiee.specialite = $specialite
    order by reprise, numero_candidat"""


def read_changes(lecture: Lecture) -> pl.DataFrame:
    """Decide one spécialité again under each set of coefficients its règlement says plausible.

    Parameters
    ----------
    lecture
        One spécialité of a published session.

    Returns
    -------
    polars.DataFrame
        repartition (the coefficients that differ, in words), numero_candidat, moyenne_generale,
        decision_calculee, decision_autre; no row when the coefficients are confirmed.
    """
    reglement = next(
        (r for r in load_reglements(lecture.dossier) if r.specialite == lecture.specialite), None
    )
    parts = () if reglement is None or reglement.confirme else reglement.repartitions
    if not parts:
        return pl.DataFrame(schema=dict.fromkeys(_COLONNES, pl.String))
    which = {"specialite": lecture.specialite}
    with entrepot.open_scratch(lecture.entrepot) as con:
        for relation in _LUES:
            con.execute(f"create view {relation} as select * from publie.{relation}")
        con.register("autres", _frame(parts).to_arrow())
        for sql in (_EPREUVES, *(_REPETEE.format(relation=name) for name in _PAR_SPECIALITE)):
            con.execute(sql, which | {"nombre": len(parts)}).fetchall()
        couches.build_relations(con, _REFAITES)
        rows = con.sql(_CHANGEMENTS, params=which).pl()
    said = pl.Series("repartition", [_say(coefficients) for coefficients in parts])
    return rows.select(said.gather(rows["reprise"]), pl.exclude("reprise"))


_COLONNES = (
    "repartition",
    "numero_candidat",
    "moyenne_generale",
    "decision_calculee",
    "decision_autre",
)


def _frame(parts: Sequence[Mapping[str, Decimal]]) -> pl.DataFrame:
    rows = [
        (reprise, epreuve, str(coefficient))
        for reprise, coefficients in enumerate(parts)
        for epreuve, coefficient in coefficients.items()
    ]
    return pl.DataFrame(rows, schema=["reprise", "epreuve", "coefficient"], orient="row")


def _say(coefficients: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{code} {write_threshold(c)}" for code, c in coefficients.items())


def sensitivity(decided: pl.DataFrame, candidats: pl.DataFrame, rows: pl.DataFrame) -> Fragment:
    """Return, folded, how many decisions each set of coefficients changes, and whose.

    Parameters
    ----------
    decided
        What `read_changes` returned.
    candidats
        `staging.candidat` (nom, prenom).
    rows
        What `cas.split` returned: which of these the jury is not asked otherwise.
    """
    if decided.is_empty():
        return stack()
    changed = decided.filter(pl.col("decision_autre") != pl.col("decision_calculee"))
    asked = rows.filter(pl.col("question").is_not_null())["numero_candidat"].implode()
    others = changed.filter(~pl.col("numero_candidat").is_in(asked))["numero_candidat"].n_unique()
    return stack(
        paragraph(
            "<strong>Coefficients non confirmés</strong> : {n} dans l’une au moins de {k}{x}.",
            x=f", dont {formats.format_integer(others)} hors des cas à décider" if others else "",
            n=_people(changed["numero_candidat"].n_unique()),
            k=formats.format_count(
                decided["repartition"].n_unique(),
                "autre répartition plausible",
                "autres répartitions plausibles",
            ),
        ),
        fold(
            "Ce que changeraient d’autres coefficients",
            _by_split(decided),
            _whose(changed, candidats),
            printed=True,
        ),
    )


def _people(people: int) -> str:
    if not people:
        return "aucune proposition ne changerait"
    return formats.format_count(people, "proposition changerait", "propositions changeraient")


def _by_split(decided: pl.DataFrame) -> Fragment:
    changed = pl.col("decision_autre") != pl.col("decision_calculee")
    rows = decided.group_by("repartition", maintain_order=True).agg(
        changees=changed.sum(),
        admis=(pl.col("decision_calculee") == "ADMIS").sum(),
        admis_autres=(pl.col("decision_autre") == "ADMIS").sum(),
    )
    return table(
        rows,
        ["repartition", "changees", "admis", "admis_autres"],
        identifier="sensibilite",
        caption="Propositions du premier groupe sous d’autres coefficients plausibles",
        labels={
            "repartition": "Coefficients qui diffèrent",
            "changees": "Propositions changées",
            "admis": "Admis, coefficients employés",
            "admis_autres": "Admis, ces coefficients",
        },
        natures=dict.fromkeys(("changees", "admis", "admis_autres"), "entier"),
        note="Le nombre d’admis peut rester le même quand ce ne sont plus les mêmes candidats.",
        dense=True,
    )


def _whose(changed: pl.DataFrame, candidats: pl.DataFrame) -> Fragment:
    name = pl.col("nom").fill_null("") + " " + pl.col("prenom").fill_null("")
    identity = candidats.select("numero_candidat", candidat=name.str.strip_chars())
    rows = (
        changed.sort("numero_candidat", maintain_order=True)
        .group_by("numero_candidat", "moyenne_generale", "decision_calculee", maintain_order=True)
        .agg(
            repartitions=pl.len(),
            decision_autre=pl.col("decision_autre")
            .replace(lexique.DANS_UNE_PHRASE)
            .unique(maintain_order=True)
            .str.join(" ou "),
        )
        .join(identity, on="numero_candidat", how="left")
        .sort("repartitions", "numero_candidat", descending=[True, False])
    )
    return table(
        rows,
        [
            "numero_candidat",
            "candidat",
            "moyenne_generale",
            "decision_calculee",
            "decision_autre",
            "repartitions",
        ],
        identifier="sensibilite-candidats",
        caption="Candidats dont la proposition changerait",
        labels={"decision_autre": "Deviendrait", "repartitions": "Répartitions qui la changent"},
        natures={"repartitions": "entier", "decision_autre": "texte"},
        empty="aucun.",
        dense=True,
        stacked=True,
    )
