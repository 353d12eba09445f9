"""What the jury dossier shows: cases to decide first, then those settled, then everybody."""

from collections.abc import Sequence

import polars as pl

from perequation.jury.cas import CASES, QUESTIONS, SANS_NOTES, short_reason
from perequation.jury.issues import in_force, outcome, proposal
from perequation.jury.rattrapage import BEFORE
from perequation.presentation.lexique import Nature
from perequation.presentation.tableaux import NOMINATIVES, table
from perequation.presentation.textes import (
    Fragment,
    box,
    bullets,
    counted,
    fill,
    fold,
    key_figures,
    paragraph,
    stack,
)
from perequation.socle import formats
from perequation.socle.regles_decision import band_below, rules_in_force

_REGLES = rules_in_force()
_BY_THE_JURY = "Décidés par le jury"
_MANQUE = "Manque, contrôle compté"
_NETS = "qu’un demi-point de moyenne ne changerait pas"

# Of a reason that says something of each candidate, so many are quoted under the table.
_DETAILS = 3
# Candidates whose whole list a page still bears: 400 bytes each.
_LISTE_ENTIERE = 3_000
_RANKS = {question: rank for rank, question in enumerate(QUESTIONS)}
_OUTCOMES = {
    "Admis": ("admis", "admis"),
    _BY_THE_JURY: ("décidé par le jury", "décidés par le jury"),
    "Admis après contrôle": ("admis après contrôle", "admis après contrôle"),
    "Refusés après contrôle": ("refusé après contrôle", "refusés après contrôle"),
    "Contrôle à venir": ("appelé, contrôle à venir", "appelés, contrôle à venir"),
    "Refusés": (f"refusé, {_NETS}", f"refusés, {_NETS}"),
    "Éliminés": ("éliminé (absence ou NV)", "éliminés (absence ou NV)"),
    "En cours": ("en cours (forme progressive)", "en cours (forme progressive)"),
    "Incomplets": ("incomplet", "incomplets"),
}
_ASKED = "À décider"
# Where the admitted are, in this document.
_ADMITTED = {
    "Admis": "sans question au premier groupe",
    "Admis après contrôle": "après contrôle",
    _BY_THE_JURY: "par décision du jury, au premier groupe ou après contrôle",
    _ASKED: "encore parmi les cas à décider",
}
# Settled cases that a jury may want to read again: identifier, words, case.
_SETTLED = (
    ("regle-10", f"de {band_below(_REGLES.regime.admission)} au premier groupe", CASES[0]),
    ("regle-appel", "près de l’appel au contrôle", CASES[2]),
    ("elimines", "éliminés : absence ou NV", CASES[1]),
)


LABELS = {
    "numero_candidat": "N° candidat",
    "moyenne_generale": "Moy.",
    "moyenne_professionnelle": "Moy. prof.",
    "points_manquants": BEFORE,
    "manque": _MANQUE,
    "decision_calculee": "Proposition",
    "proposition": "Proposition",
    "raison": "Motif",
    "pourquoi": "Pourquoi",
    "livret": "Livret",
    "points": "Points",
    "decision": "Décision",
    "points_facultatifs": "Fac.",
}

_CODES = (
    "b : bénéfice ; r : report ; p : note provisoire ; s : NV sous réserve ; rejet : ligne "
    "rejetée ; AB absence non justifiée, AJ absence justifiée, NV non valide, DI dispense, FR fraude."
)
_NOTE = (
    f"{_CODES} {_MANQUE} : points jusqu’à {_REGLES.admission}, multipliés par les coefficients, ceux "
    "que le contrôle a fait gagner étant déduits. (contrôle) : proposition après contrôle, que le "
    "jury n’a pas encore décidée."
)


def headline(rows: pl.DataFrame, epreuves: Sequence[str]) -> Fragment:
    """Return how many candidates the jury has to decide on, and of what kind they are.

    Where marks are awaited, nothing is said of thresholds nobody can be near yet.

    Parameters
    ----------
    rows
        What `split` returned.
    epreuves
        Codes of the compulsory épreuves.
    """
    if rows.is_empty():
        return box("information", paragraph("Aucun candidat dans cette spécialité."))
    counts = dict(rows["question"].drop_nulls().value_counts().iter_rows())
    left = sum(counts.values())
    whole = formats.format_count(rows.height, "inscrit")
    if not left:
        return paragraph("{none} sur {n}.", none=counted("Aucun cas à décider"), n=whole)
    awaited = counts.pop(SANS_NOTES, 0)
    shown = [(question, counts[question]) for question in QUESTIONS if question in counts]
    settled = "" if awaited else " ; pour les autres, la proposition est nette ou le jury a décidé"
    return stack(
        paragraph(
            "{n} sur {whole}{settled}.",
            n=counted("{n} à décider", n=formats.format_count(left - awaited, "cas", "cas")),
            whole=whole,
            settled=settled,
        )
        if shown or not awaited
        else fill(""),
        _awaited(rows, awaited, epreuves),
        key_figures((formats.format_integer(n), question, "") for question, n in shown),
    )


def _awaited(rows: pl.DataFrame, awaited: int, epreuves: Sequence[str]) -> Fragment:
    """Say who can't be proposed anything yet, and which marks are awaited."""
    if not awaited:
        return fill("")
    incomplete = rows.filter(question=SANS_NOTES)
    missing = {
        code: incomplete[code].null_count() if code in incomplete.columns else awaited
        for code in epreuves
    }
    said = [f"{code} ({formats.format_integer(n)})" for code, n in missing.items() if n]
    return box(
        "avertissement",
        paragraph(
            "{n} : ni moyenne ni proposition, et combien seront près de {seuil} n’est pas encore "
            "connu.{marks}",
            n=counted(
                "{n} sans toutes {leurs} notes",
                n=formats.format_count(awaited, "candidat"),
                leurs="leurs" if awaited > 1 else "ses",
            ),
            seuil=_REGLES.admission,
            marks=f" Notes attendues : {formats.join_words(said)}." if said else "",
        ),
    )


def mentions(found: pl.DataFrame) -> Fragment:
    """Return in a sentence how many candidates have an NV, for what reason, or a fraud.

    Parameters
    ----------
    found
        `marts.mention`.
    """
    whole = found.filter(epreuve="toutes").sort("nb_candidats", "motif", descending=[True, False])
    reasons = ", ".join(
        f"{formats.format_count(n, 'candidat')} ({motif or 'motif non renseigné'})"
        for motif, n in whole.filter(code="NV").select("motif", "nb_candidats").iter_rows()
    )
    fraud = int(whole.filter(code="FR")["nb_candidats"].sum())
    parts = [f"Non valides (NV) : {reasons}"] if reasons else []
    if fraud:
        said = formats.format_count(fraud, "résultat retenu", "résultats retenus")
        parts.append(f"fraude (FR) : {said}")
    said = " ; ".join(parts)
    return stack(paragraph("{x}.", x=formats.begin(said)) if said else None)


def to_decide(rows: pl.DataFrame, maille: str, epreuves: Sequence[str]) -> Fragment:
    """Return the cases left to the jury, with their marks and one short reason each."""
    rank = pl.col("question").replace_strict(_RANKS, default=None, return_dtype=pl.Int8)
    left = rows.filter(pl.col("question").is_not_null()).sort(
        rank,
        pl.col(maille).map_elements(formats.sort_key, pl.String),
        "moyenne_generale",
        descending=[False, False, True],
        nulls_last=True,
        maintain_order=True,
    )
    return stack(
        _cases(left, epreuves, "question", "a-decider", "À décider par le jury"), _in_full(left)
    )


def _in_full(rows: pl.DataFrame) -> Fragment:
    """Return once, in full, the reasons to verify that the rows say short."""
    kinds = (
        rows.filter("a_verifier")
        .select(entiere=pl.col("raisons_verification").explode())
        .with_columns(courte=short_reason("entiere"))
        .filter(pl.col("courte") != pl.col("entiere"))
        .group_by("courte", maintain_order=True)
        .agg(pl.col("entiere").unique(maintain_order=True), n=pl.len())
        .sort("n", "courte", descending=[True, False])
    )
    if kinds.is_empty():
        return fill("")
    return fold(
        "Ce qui est à vérifier, en entier",
        bullets(
            fill(
                "<strong>{courte}</strong> ({n}) : {entiere}{suite}.",
                courte=row["courte"],
                n=formats.format_integer(row["n"]),
                entiere=" ; ".join(
                    reason.removeprefix(f"{row['courte']} : ")
                    for reason in row["entiere"][:_DETAILS]
                ),
                suite=" ; et d’autres, ligne à ligne dans le classeur"
                if len(row["entiere"]) > _DETAILS
                else "",
            )
            for row in kinds.iter_rows(named=True)
        ),
        printed=True,
    )


def settled(rows: pl.DataFrame, epreuves: Sequence[str]) -> Fragment:
    """Return, folded, the candidates near 10 and those out whose case is settled; count the others.

    Parameters
    ----------
    rows
        What `split` returned.
    epreuves
        Codes of the compulsory épreuves.
    """
    done = rows.filter(pl.col("question").is_null()).with_columns(issue=outcome())
    if done.is_empty():
        return paragraph("Aucun cas réglé.")
    counts = dict(done["issue"].value_counts().iter_rows())
    said = " ; ".join(
        formats.format_count(counts[issue], *words)
        for issue, words in _OUTCOMES.items()
        if issue in counts
    )
    parts = [
        fold(
            f"{formats.format_count(group.height, 'cas réglé', 'cas réglés')}, {words}",
            _cases(group, epreuves, "issue", name, formats.begin(words)),
        )
        for name, words, case in _SETTLED
        if (group := _ordered(done.filter(pl.col("cas") == case))).height
    ]
    decided = _ordered(done.filter(issue=_BY_THE_JURY))
    if decided.height:
        said_so = formats.format_count(decided.height, *_OUTCOMES[_BY_THE_JURY])
        cases = _cases(decided, epreuves, "issue", "decides", _BY_THE_JURY)
        parts.insert(0, fold(said_so, cases))
    return stack(paragraph("{x}.", x=formats.begin(said)), _admitted(rows), _booklets(rows), *parts)


def _admitted(rows: pl.DataFrame) -> Fragment | None:
    """Say how the admitted told apart in this document add up to those of the results."""
    asked = pl.col("question").is_not_null()
    where = pl.when(asked).then(pl.lit(_ASKED)).otherwise(outcome())
    counts = dict(
        rows.filter(decision_finale="ADMIS").select(x=where)["x"].value_counts().iter_rows()
    )
    if len(counts) < 2:
        return None
    said = [
        f"{formats.format_integer(counts[issue])} {words}"
        for issue, words in _ADMITTED.items()
        if issue in counts
    ]
    return paragraph(
        "{total} en tout, comme dans les résultats : {said}.",
        total=formats.format_count(sum(counts.values()), "admis", "admis"),
        said=formats.join_words(said),
    )


def _booklets(rows: pl.DataFrame) -> Fragment | None:
    """Say for how many of the refused the livret is settled: a net proposal doesn't spare it."""
    refused = rows.filter(decision_finale="REFUSE")
    if refused.is_empty():
        return None
    seen, none = (refused.filter(livret=words).height for words in ("oui", "aucun fourni"))
    integer = formats.format_integer
    known = (
        "livret examiné pour {seen}, aucun fourni pour {none}, rien n’est encore dit pour {left}"
    )
    return paragraph(
        "{n}, que le jury ne prononce qu’après examen du livret scolaire de qui en a fourni un "
        f"(CE D643-26) : {known if seen + none else 'rien n’est encore dit des livrets'}.",
        n=formats.format_count(
            refused.height, "refus proposé ou décidé", "refus proposés ou décidés"
        ),
        seen=integer(seen),
        none=integer(none),
        left=integer(refused.height - seen - none),
    )


def full_list(rows: pl.DataFrame, maille: str, epreuves: Sequence[str]) -> Fragment:
    """Return every candidate with marks, averages and decision: a list made for paper.

    A candidate takes one line of eight points on a sheet upright. Beyond some thousands the list is
    the workbook's alone.
    """
    if rows.height > _LISTE_ENTIERE:
        return paragraph(
            "La liste entière ({n}) n’est pas sur cette page, qu’elle rendrait trop lourde : elle est "
            "dans le classeur du jury (exports), feuilles « Jury » et « Notes ».",
            n=formats.format_count(rows.height, "candidat"),
        )
    shown = [code for code in epreuves if code in rows.columns]
    optional = pl.when(pl.col("points_facultatifs") > 0).then("points_facultatifs")
    return table(
        rows.with_columns(
            _short(shown),
            points_facultatifs=optional,
            decision=in_force()
            .str.replace(" (contrôle)", " c.", literal=True)
            .str.replace(" (jury)", " j.", literal=True),
        ),
        [
            "numero_candidat",
            "candidat",
            *shown,
            "points_facultatifs",
            "moyenne_generale",
            "moyenne_professionnelle",
            "decision",
        ],
        identifier="candidats",
        caption="Tous les candidats, cas à examiner d’abord",
        labels=LABELS | {code: code for code in shown} | {"moyenne_professionnelle": "Prof."},
        natures=dict.fromkeys(shown, "note"),
        group=maille,
        marked=pl.col("question").is_not_null(),
        muted=pl.col("cas") == CASES[6],
        note=f"{_CODES} Fac. : points facultatifs. c. : après contrôle ; j. : décidé par le jury. "
        "Fond coloré : à décider.",
        empty="aucun candidat.",
        dense=True,
    )


def _short(epreuves: Sequence[str]) -> pl.Expr:
    """Write marks as short as they can be: 12, 9,5."""
    return pl.col(epreuves).str.replace(",00", "").str.replace(r",(\d)0", ",$1")


def _ordered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort(
        "issue", "moyenne_generale", descending=[False, True], nulls_last=True, maintain_order=True
    )


def _cases(
    rows: pl.DataFrame, epreuves: Sequence[str], group: str, identifier: str, caption: str
) -> Fragment:
    """Return candidates with their marks and why they are there, by group."""
    shown = [code for code in epreuves if code in rows.columns]
    natures: dict[str, Nature] = dict.fromkeys(shown, "note")
    natures |= {"livret": "code", "manque": "points"}
    livret = ["livret"] if rows["livret"].fill_null("").ne("").any() else []
    return table(
        rows.with_columns(_short(shown), proposition=proposal(), decision=in_force()),
        [
            "numero_candidat",
            "candidat",
            "etablissement",
            *shown,
            "moyenne_generale",
            "moyenne_professionnelle",
            "manque",
            "proposition",
            "pourquoi",
            *livret,
            "decision",
        ],
        identifier=identifier,
        caption=caption,
        labels=LABELS | {code: code for code in shown},
        natures=natures,
        group=group,
        note=_NOTE + (" Livret : examiné, ou aucun fourni." if livret else ""),
        limit=NOMINATIVES,
        elsewhere="tous sont dans le classeur du jury (exports)",
        empty="aucun cas.",
        dense=True,
        stacked=True,
    )
