"""The distribution of averages is drawn on exact averages, never on those shown."""

from decimal import Decimal

from scenarios import montage
from scenarios.modele import Candidat, Note, reglement_de

REGLEMENT = reglement_de("MCO", 2022)


def with_marks(numero: str, autres: str, e1: str) -> Candidat:
    """Give every compulsory épreuve the same mark, E1 (coefficient 3 of 21) its own."""
    return Candidat(
        numero=numero,
        notes=tuple(
            Note(e.code, Decimal(e1 if e.code == "E1" else autres)) for e in REGLEMENT.obligatoires
        ),
    )


def test_an_average_shown_as_10_but_below_it_stays_below_10() -> None:
    candidats = [
        with_marks("1", "10", "9.98"),  # 9,997…, shown 10,00
        with_marks("2", "10", "10"),
        with_marks("3", "8", "7.98"),  # 7,997…, shown 8,00
        with_marks("4", "9.5", "9.5"),
        with_marks("5", "20", "20"),
        with_marks("6", "0", "0"),
    ]
    marts = ("resultat_candidat", "repartition_moyenne")
    with montage.decide_session(REGLEMENT, 2022, candidats, marts=marts) as con:
        affichees = con.execute(
            "select moyenne_generale from marts.resultat_candidat where numero_candidat = '1'"
        ).fetchone()
        tranches = con.execute(
            "select tranche, n from marts.repartition_moyenne order by tranche"
        ).fetchall()
    assert affichees == (Decimal("10.00"),)
    assert [(str(tranche), n) for tranche, n in tranches] == [
        ("0.0", 1),
        ("7.5", 1),
        ("9.5", 2),
        ("10.0", 1),
        ("20.0", 1),
    ]
