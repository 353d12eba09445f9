"""Write an explanation in French."""

from collections.abc import Iterator
from decimal import Decimal
from textwrap import wrap

from perequation.jury.explication.modele import EpreuveControle, Explication, Moyenne
from perequation.jury.explication.mots import SANS_MOYENNE, STATUTS, say_decisions
from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.socle.regles_decision import rules_at

LARGEUR = 100
_TITRE = 44


def render_text(explication: Explication) -> str:
    """Write an explanation in French, as plain text for a terminal (100 columns as a rule).

    The result and its reason come first, then the marks, the averages and the rule, the contrôle,
    what to verify, and the file and line of each mark.
    """
    blocs = [
        _heading(explication),
        _marks(explication),
        _averages(explication),
        _controle(explication),
        _checks(explication),
        _origins(explication),
    ]
    return "\n\n".join("\n".join(bloc) for bloc in blocs if bloc) + "\n"


def _heading(e: Explication) -> list[str]:
    statut = STATUTS.get(e.statut, e.statut.capitalize())
    lines = [
        f"Candidat {e.numero_candidat} : BTS {e.specialite} ({e.titre}), session {e.session}",
        f"{statut}, forme {e.forme.lower()}",
        "",
        f"Résultat : {_result(e)}",
        *_fold("  " + say_decisions(e.motif), 2),
    ]
    if not e.est_confirme:
        lines.append("Attention : les coefficients de ce règlement ne sont pas confirmés.")
    for reserve in (*rules_at(e.session).regime.reserves, *e.reserves):
        lines += _fold(f"Réserve : {reserve}", 2)
    return lines


def _result(e: Explication) -> str:
    """Say the decision that stands and whose it is."""
    if e.decision_jury_controle:
        auteur = "décision du jury après contrôle"
    elif e.decision_apres_controle:
        auteur = "proposition au jury, après contrôle"
    elif e.decision_jury:
        auteur = "décision du jury au premier groupe"
    else:
        auteur = "proposition au jury"
    provisoire = " ; provisoire, des notes ne sont pas définitives" if e.est_provisoire else ""
    return f"{DANS_UNE_PHRASE[e.decision_finale].upper()} ({auteur}{provisoire})"


def _marks(e: Explication) -> list[str]:
    rows = [
        (
            _name(n.epreuve, n.est_facultative),
            write_exact(n.coefficient),
            n.note,
            "–" if n.points is None else write_exact(n.points),
            n.pourquoi,
        )
        for n in e.notes
    ]
    if e.generale:
        total = (write_exact(e.generale.coefficients), "", write_exact(e.generale.points), "")
        rows.append(("Total", *total))
    return _align([("Épreuve", "Coef.", "Note", "Points", "Note retenue"), *rows], right={1, 2, 3})


def _averages(e: Explication) -> list[str]:
    lines = list(_computed(e))
    if e.generale is None:
        lines.append(f"Moyennes                : non calculées ({_without_average(e)})")
    lines.append(f"Proposition calculée    : {DANS_UNE_PHRASE[e.decision_calculee]}")
    # The article of the jury's own power stands beside the jury's decision.
    article = e.article.removesuffix(f" ; {_POUVOIR_DU_JURY}")
    lines += _entry("Règle appliquée", f"{rules_at(e.session).long[e.regle]} ({article})")
    for decision, quand in (
        (e.decision_jury, "au premier groupe"),
        (e.decision_jury_controle, "après contrôle"),
    ):
        if decision:
            text = f"{DANS_UNE_PHRASE[decision]} {quand} ({_POUVOIR_DU_JURY})"
            lines += _entry("Décision du jury", text)
    return lines


def _without_average(e: Explication) -> str:
    return SANS_MOYENNE.get(e.regle) or SANS_MOYENNE[e.decision_calculee]


_POUVOIR_DU_JURY = "CE D643-26"


def _computed(e: Explication) -> Iterator[str]:
    if e.generale is None:
        return
    facultatifs = ""
    if e.points_facultatifs:
        facultatifs = f" (dont {_points(e.points_facultatifs)} d'épreuves facultatives)"
    yield f"Moyenne générale        : {_average(e.generale)}{facultatifs}"
    if e.professionnelle:
        yield f"Moyenne professionnelle : {_average(e.professionnelle)}"
    else:
        yield "Moyenne professionnelle : aucune, ses épreuves sont dispensées"
    if e.points_manquants:
        manque = f"Il manque pour {rules_at(e.session).admission}"
        yield f"{manque:<24}: {_points(e.points_manquants)} (coefficient × note)"


def _entry(name: str, texte: str) -> list[str]:
    return _fold(f"{name:<24}: {texte}", 26)


def _fold(texte: str, indent: int) -> list[str]:
    """Fold a sentence, but never between «CE» and its article."""
    lines = wrap(texte.replace("CE D", "CE\u00a0D"), LARGEUR, subsequent_indent=" " * indent)
    return [line.replace("\u00a0", " ") for line in lines]


def _average(m: Moyenne) -> str:
    quotient = f"{write_exact(m.points)} / {write_exact(m.coefficients)}"
    exacte = str(m.fraction)
    if exacte != quotient.replace(" ", ""):
        quotient += f" = {exacte}"
    return f"{quotient}, soit {write_exact(m.arrondie, 2)}"


def _controle(e: Explication) -> list[str]:
    if not e.controle:
        return []
    header = ("Contrôle", "Choix", "Note", "Gain", "Gain maximal", "Origine")
    lines = _align([header, *(_control_row(c) for c in e.controle)], right={2, 3, 4})
    if e.finale and e.points_controle is not None:
        lines.append(f"Gagnés au contrôle      : {_points(e.points_controle)}")
        lines.append(f"Moyenne après contrôle  : {_average(e.finale)}")
    elif e.gain_maximal is not None:
        seuil = rules_at(e.session).admission
        atteinte = (
            f"atteindre {seuil} est possible"
            if e.est_atteignable
            else f"{seuil} est hors d'atteinte"
        )
        lines.append(
            f"À deux épreuves, le contrôle peut apporter {_points(e.gain_maximal)} : {atteinte}."
        )
    return lines


def _control_row(c: EpreuveControle) -> tuple[str, ...]:
    return (
        c.epreuve,
        "possible" if c.est_possible else f"impossible : {c.empechement}",
        c.note,
        write_exact(c.gain) if c.gain is not None else "–",
        write_exact(c.gain_maximal) if c.est_possible else "–",
        c.origine,
    )


def _checks(e: Explication) -> list[str]:
    if not e.verifications:
        return []
    return ["À vérifier", *(f"  - {raison}" for raison in e.verifications)]


def _origins(e: Explication) -> list[str]:
    rows = [
        (_name(n.epreuve, n.est_facultative), _cut(n.titre), n.origine or "aucune ligne lue")
        for n in e.notes
    ]
    return _align([("Épreuve", "Intitulé", "Origine de la note"), *rows])


def _name(epreuve: str, est_facultative: bool) -> str:
    return epreuve + (" (fac.)" if est_facultative else "")


def _cut(titre: str) -> str:
    return titre if len(titre) <= _TITRE else titre[: _TITRE - 1].rstrip() + "…"


def _points(value: Decimal) -> str:
    return f"{write_exact(value)} point{'s' if value >= 2 else ''}"


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
