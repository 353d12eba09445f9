"""Read from a published warehouse everything behind a candidate's result."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perequation.jury.explication.modele import EpreuveControle, Explication, Moyenne, NoteExpliquee
from perequation.jury.explication.texte import write_exact
from perequation.socle.entrepot import open_read_only, read_relation
from perequation.socle.erreurs import MissingInputError
from perequation.socle.regles_decision import rules_at
from perequation.socle.schema import MOTIFS_NV

if TYPE_CHECKING:
    import duckdb

_CODES = {
    "AB": "absence non justifiée",
    "AJ": "absence justifiée, compte zéro",
    "NV": "épreuve non validée",
    "DI": "dispensé, hors des deux sommes",
    "FR": "fraude, le résultat est retenu",
}
_ETAPES = {
    "definitive": "définitive",
    "harmonisee": "harmonisée",
    "transmise": "transmise, provisoire",
}
_MODES = {
    "PONCTUEL": "ponctuel",
    "CCF": "CCF",
    "BENEFICE": "bénéfice conservé",
    "REPORT": "report conservé",
}
_MOTIFS = {m.code: m.libelle for m in MOTIFS_NV}
_IMPOSSIBLE = {
    "dispense": "dispensé",
    "note_conservee": "note conservée",
    "note_manquante": "sans note au premier groupe",
}


def explain(entrepot: Path | str, numero_candidat: str) -> tuple[Explication, ...]:
    """Explain the result of a candidate.

    Parameters
    ----------
    entrepot
        A published warehouse.
    numero_candidat
        The candidate's number, as written in the roster.

    Returns
    -------
    tuple of Explication
        One for each spécialité the candidate is entered for, nearly always one.

    Raises
    ------
    MissingInputError
        The session has no results yet, or no such candidate.
    """
    with open_read_only(entrepot) as con:
        resultats = _rows(con, "marts.resultat_candidat", numero_candidat=numero_candidat)
        if not resultats:
            raise _unknown(con, numero_candidat)
        return tuple(_explain_one(con, resultat) for resultat in resultats)


def _unknown(con: "duckdb.DuckDBPyConnection", numero: str) -> MissingInputError:
    """Say that there is no such candidate; a spreadsheet takes leading zeros away."""
    proches = con.execute(
        "select distinct numero_candidat from marts.resultat_candidat "
        "where ltrim(numero_candidat, '0') = ltrim(trim(?), '0') order by all",
        [numero],
    ).fetchall()
    conseil = (
        f"Vouliez-vous {' ou '.join(n for (n,) in proches)} ?"
        if proches
        else "Vérifiez le numéro (zéros de tête compris) ou la liste des lignes écartées."
    )
    return MissingInputError(
        f"Aucun candidat « {numero} » dans les résultats de cette session. {conseil}"
    )


def _explain_one(con: "duckdb.DuckDBPyConnection", r: dict[str, Any]) -> Explication:
    key = {k: r[k] for k in ("numero_candidat", "specialite", "session")}
    specialite = _rows(con, "reference.specialite", specialite=r["specialite"])[0]
    titres = {
        e["epreuve"]: e["titre"]
        for e in _rows(con, "reference.epreuve", specialite=r["specialite"])
    }
    notes = sorted(_rows(con, "marts.note_retenue", **key), key=lambda n: n["rang"])
    others = _other_stages(_rows(con, "staging.note", **key), notes)
    controle = _rows(con, "marts.epreuve_controle", **key)
    rattrapage = next(iter(_rows(con, "marts.rattrapage", **key)), {})
    return Explication(
        **key,
        titre=specialite["titre"],
        est_confirme=specialite["est_confirme"],
        reserves=tuple(specialite["reserves"] or ()),
        statut=r["statut"],
        forme=r["forme"],
        notes=tuple(_note(n, titres[n["epreuve"]], others.get(n["epreuve"], "")) for n in notes),
        generale=_moyenne(r["points"], r["coefficients"], r["moyenne_generale"]),
        professionnelle=_moyenne(
            r["points_professionnels"],
            r["coefficients_professionnels"],
            r["moyenne_professionnelle"],
        ),
        **{
            name: r[name]
            for name in (
                "points_facultatifs",
                "points_manquants",
                "decision_calculee",
                "decision_jury",
                "decision_jury_controle",
                "decision_apres_controle",
                "decision_finale",
                "regle",
                "article",
                "motif",
                "est_provisoire",
                "points_controle",
            )
        },
        verifications=tuple(r["raisons_verification"]),
        controle=tuple(_epreuve_controle(c) for c in controle),
        finale=_finale(r),
        gain_maximal=rattrapage.get("gain_maximal"),
        est_atteignable=rattrapage.get("atteignable"),
    )


def _finale(r: dict[str, Any]) -> Moyenne | None:
    if r["points_controle"] is None:
        return None
    return _moyenne(r["points"] + r["points_controle"], r["coefficients"], r["moyenne_finale"])


def _moyenne(
    points: Decimal | None, coefficients: Decimal, arrondie: Decimal | None
) -> Moyenne | None:
    if points is None or arrondie is None:
        return None
    return Moyenne(points, coefficients, arrondie)


def _rows(
    con: "duckdb.DuckDBPyConnection", relation: str, **equalities: Any
) -> list[dict[str, Any]]:
    return read_relation(con, relation, **equalities).to_dicts()


def _other_stages(lues: list[dict[str, Any]], retenues: list[dict[str, Any]]) -> dict[str, str]:
    """Return, by épreuve, the first-group marks that were read but give way to another."""
    etapes = {n["epreuve"]: n["etape"] for n in retenues}
    others: dict[str, list[str]] = {}
    for n in lues:
        if n["etape"] != "controle" and n["etape"] != etapes.get(n["epreuve"]):
            etape = _ETAPES[n["etape"]].split(",")[0]
            others.setdefault(n["epreuve"], []).append(f"{etape} : {_mark(n['note'], n['code'])}")
    return {epreuve: ", ".join(sorted(texts)) for epreuve, texts in others.items()}


def _note(n: dict[str, Any], titre: str, autres: str) -> NoteExpliquee:
    sans_points = n["points"] is None or n["est_dispensee"]
    return NoteExpliquee(
        epreuve=n["epreuve"],
        titre=titre,
        est_facultative=n["est_facultative"],
        coefficient=n["coefficient"],
        note=_mark(n["note"], n["code"]),
        pourquoi=", ".join(_reasons(n)) + (f" ({autres})" if autres else ""),
        points=None if sans_points else n["points"],
        origine=_origin(n),
    )


def _reasons(n: dict[str, Any]) -> list[str]:
    """Say in a few words why this mark, this code or nothing is retained."""
    if n["est_rejetee"]:
        valeur, regle = n["valeur_rejetee"] or "", n["regle_rejet"]
        return [f"note rejetée (« {valeur} », règle {regle}), aucune autre étape ne la remplace"]
    if n["note"] is None and n["code"] is None:
        return ["aucune note"]
    if n["est_dispensee"]:
        return [_CODES["DI"]]
    reasons = [
        _CODES.get(n["code"] or "", ""),
        _ETAPES.get(n["etape"] or "", ""),
        _MODES.get(n["mode"] or "", ""),
        _MOTIFS.get(n["motif_nv"] or "", ""),
    ]
    if n["est_conservee"] and n["session_origine"]:
        reasons.append(f"session {n['session_origine']}")
    if n["est_de_l_epreuve"]:
        reasons.append(f"note de {n['epreuve_groupe']} entière")
    if n["est_reserve"]:
        reasons.append("NV sous réserve : la note compte")
    if n["est_facultative"]:
        reasons.append(_optional(n))
    return [reason for reason in reasons if reason]


def _optional(n: dict[str, Any]) -> str:
    if not n["est_comptee"]:
        return "au-delà du nombre de facultatives comptées : ne compte pas"
    if n["points"]:
        return f"compte au-dessus de {rules_at(n['session']).facultative}"
    return "n'apporte rien" + (" et n'élimine pas" if n["code"] in {"AB", "NV"} else "")


def _epreuve_controle(c: dict[str, Any]) -> EpreuveControle:
    return EpreuveControle(
        epreuve=c["epreuve"],
        est_possible=c["est_possible"],
        empechement=_IMPOSSIBLE.get(c["motif_impossible"] or "", ""),
        note="rejetée" if c["est_rejetee"] else _mark(c["note_controle"], c["code_controle"]),
        gain_maximal=c["gain_maximal"],
        gain=c["gain"],
        origine=_origin(c),
    )


def _mark(note: Decimal | None, code: str | None) -> str:
    return code or ("–" if note is None else write_exact(note))


def _origin(row: dict[str, Any]) -> str:
    if row["fichier"] is None:
        return ""
    return row["fichier"] + (f", ligne {row['ligne']}" if row["ligne"] is not None else "")
