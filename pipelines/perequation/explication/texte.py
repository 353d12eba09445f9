"""Write an explanation in French."""

from decimal import Decimal

from perequation.explication.modele import Explication, Moyenne


def render_text(explication: Explication) -> str:
    """Write an explanation in French, as plain text for a terminal."""
    blocs = [
        _heading(explication),
        _marks(explication),
        _averages(explication),
        _controle(explication),
        _checks(explication),
    ]
    return "\n\n".join("\n".join(bloc) for bloc in blocs if bloc) + "\n"


def _heading(e: Explication) -> list[str]:
    lines = [
        f"Candidat {e.numero_candidat} : BTS {e.specialite} ({e.titre}), session {e.session}",
        f"{e.statut}, forme {e.forme.lower()}",
        "",
        f"Décision : {e.decision_finale}" + (" (provisoire)" if e.est_provisoire else ""),
        e.motif,
    ]
    if not e.est_confirme:
        lines.append("Attention : les coefficients de ce règlement ne sont pas confirmés.")
    return lines


def _marks(e: Explication) -> list[str]:
    header = ("Épreuve", "Coef.", "Note", "Points", "Pourquoi", "Origine")
    rows = [
        (
            n.epreuve + (" (fac.)" if n.est_facultative else ""),
            write_exact(n.coefficient),
            n.note,
            "–" if n.points is None else write_exact(n.points),
            n.pourquoi,
            n.origine,
        )
        for n in e.notes
    ]
    return _align([header, *rows], right={1, 2, 3})


def _averages(e: Explication) -> list[str]:
    if e.generale is None:
        return ["Moyennes : non calculées pour cette décision."]
    lines = ["Moyenne générale        : " + _average(e.generale)]
    if e.points_facultatifs:
        lines[0] += f", épreuves facultatives comprises ({write_exact(e.points_facultatifs)})"
    if e.professionnelle:
        lines.append("Moyenne professionnelle : " + _average(e.professionnelle))
    else:
        lines.append("Moyenne professionnelle : aucune (épreuves dispensées)")
    manque = e.points_manquants or Decimal(0)
    lines.append(f"Il manque pour 10       : {write_exact(manque)} points coefficientés")
    lines.append(f"Règle appliquée         : {e.regle} ({e.article})")
    return lines


def _average(m: Moyenne) -> str:
    quotient = f"{write_exact(m.points)} / {write_exact(m.coefficients)} = {m.fraction}"
    return f"{quotient}, soit {write_exact(m.arrondie, 2)}"


def _controle(e: Explication) -> list[str]:
    if not e.controle:
        return []
    lines = ["Épreuves de contrôle"]
    rows = [
        (
            "  " + c.epreuve,
            "possible" if c.est_possible else f"impossible ({c.empechement})",
            f"note {c.note}",
            f"gain {write_exact(c.gain)}" if c.gain is not None else "",
            f"au plus {write_exact(c.gain_maximal)} points" if c.est_possible else "",
            c.origine,
        )
        for c in e.controle
    ]
    lines += _align(rows)
    if e.finale:
        lines.append("Moyenne après contrôle  : " + _average(e.finale))
    return lines


def _checks(e: Explication) -> list[str]:
    if not e.verifications:
        return []
    return ["À vérifier", *(f"  - {raison}" for raison in e.verifications)]


def _align(rows: list[tuple[str, ...]], right: set[int] | None = None) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if i in (right or set()) else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def write_exact(value: Decimal, decimals: int = 0) -> str:
    """Write a decimal exactly, with a comma and no useless zero beyond `decimals`."""
    exact = value.normalize()
    places = max(decimals, -int(exact.as_tuple().exponent))
    return f"{exact:.{places}f}".replace(".", ",")
