"""The jury's minutes, to print and sign: what was decided, and where it left the proposal."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from perequation.edition.papier import write_paper
from perequation.jury.dossier import jury_folder
from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, bullets, fill, paragraph, stack
from perequation.socle import formats
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import open_read_only, read_relation
from perequation.socle.erreurs import MissingInputError
from perequation.socle.regles_decision import ReglesDecision, rules_of

_PLACES = 6
_ETAPES = {"premier_groupe": "premier groupe", "controle": "après contrôle"}


def write_minutes(dossier: Dossier, jour: date | None = None, *, pdf: bool = False) -> Path:
    """Write the minutes of the jury as one HTML file.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    jour
        Production date printed on the page; see `edition.contexte.page_date`.
    pdf
        Also print it.

    Returns
    -------
    pathlib.Path
        The page, or its PDF.

    Raises
    ------
    MissingInputError
        The session has no candidate.
    """
    with open_read_only(dossier.entrepot) as con:
        resultats = read_relation(con, "marts.resultat_candidat")
        decisions = read_relation(con, "staging.decision_jury")
        notes = read_relation(con, "marts.note_retenue")
        mentions = read_relation(con, "marts.mention")
    if resultats.is_empty():
        raise MissingInputError("Aucun candidat dans les résultats de cette session.")
    ecarts = compare_decisions(decisions, resultats)
    regles = rules_of(resultats["session"])
    sections = {
        "Composition du jury": _composition(dossier),
        "Décisions": _counts(resultats),
        "Décisions autres que la proposition": _departures(ecarts),
        "Livret scolaire": say_booklets(ecarts, resultats),
        "Épreuves non validées et fraudes": _mentions(mentions),
        f"Notes d’au moins {regles.conservee} que les candidats non admis peuvent conserver": _kept(
            kept_units(notes, resultats), regles
        ),
        "Signatures": _signatures(),
    }
    sortie = jury_folder(dossier) / "proces_verbal.html"
    return write_paper(dossier, sortie, "Jury : procès-verbal", sections, jour, pdf=pdf)


def compare_decisions(decisions: pl.DataFrame, resultats: pl.DataFrame) -> pl.DataFrame:
    """Put beside each decision of the jury what the rules propose at its step.

    Parameters
    ----------
    decisions
        Rows of ``staging.decision_jury``.
    resultats
        Rows of ``marts.resultat_candidat``.

    Returns
    -------
    pl.DataFrame
        The decisions, with proposition, moyenne (at that step) and differe.
    """
    apres = pl.col("etape") == "controle"
    key = ["numero_candidat", "specialite", "session"]
    known = resultats.select(
        *key, "decision_calculee", "decision_apres_controle", "moyenne_generale", "moyenne_finale"
    )
    return (
        decisions.join(known, on=key)
        .with_columns(
            proposition=pl.when(apres)
            .then("decision_apres_controle")
            .otherwise("decision_calculee"),
            moyenne=pl.when(apres).then("moyenne_finale").otherwise("moyenne_generale"),
        )
        .with_columns(differe=pl.col("decision").ne_missing(pl.col("proposition")))
        .sort("specialite", "etape", "numero_candidat")
    )


def kept_units(notes: pl.DataFrame, resultats: pl.DataFrame) -> pl.DataFrame:
    """Return the marks of those not admitted high enough to be kept (CE D643-15 and D643-23).

    Units, or whole épreuves (by the weighted mean of their parts) where the session's law keeps
    those; a dispensed part counts in neither, a part without a mark leaves nothing to keep.
    """
    key = ["numero_candidat", "specialite", "session"]
    non_admis = resultats.filter(pl.col("decision_finale").is_in(["REFUSE", "ELIMINE"]))
    siennes = notes.join(non_admis.select(key), on=key, how="semi").filter(
        ~pl.col("est_facultative"), ~pl.col("est_dispensee")
    )
    regime = rules_of(resultats["session"]).regime
    seuil = regime.conservee_a_partir_de
    if regime.benefice == "epreuve":
        gardees = _whole(siennes, key, seuil)
    else:
        gardees = siennes.filter(pl.col("note") >= seuil)
    return (
        gardees.sort("specialite", "numero_candidat", "rang")
        .join(non_admis.select(*key, "decision_finale"), on=key, maintain_order="left")
        .group_by("specialite", "numero_candidat", "decision_finale", maintain_order=True)
        .agg(
            epreuves=pl.format(
                "{} ({})",
                "epreuve",
                pl.col("note").map_elements(formats.format_mark, return_dtype=pl.String),
            ).str.join(", ")
        )
    )


def _whole(notes: pl.DataFrame, key: list[str], seuil: Decimal) -> pl.DataFrame:
    """Return the whole épreuves high enough, compared in whole numbers, and their mean."""
    note, poids = ((pl.col(nom) * 100).cast(pl.Int64) for nom in ("note", "coefficient"))
    return (
        notes.group_by(*key, "epreuve_groupe", maintain_order=True)
        .agg(
            points=(note * poids).sum(),
            poids=poids.sum(),
            rang=pl.col("rang").min(),
            manque=pl.col("note").is_null().any(),
        )
        .filter(~pl.col("manque"), pl.col("points") >= int(seuil * 100) * pl.col("poids"))
        .with_columns(
            epreuve="epreuve_groupe", note=pl.col("points") / pl.col("poids") / pl.lit(100.0)
        )
    )


def _composition(dossier: Dossier) -> Fragment:
    jour = dossier.configuration.calendrier.jury
    quand = formats.format_date(jour, long=True) if jour else "……………………"
    blanc = "Nom, qualité : ………………………………………………………………"
    return stack(
        paragraph("Jury réuni le {q}, à ……………………, sous la présidence de ……………………", q=quand),
        bullets([fill("{x}", x=blanc) for _ in range(_PLACES)]),
    )


def _counts(resultats: pl.DataFrame) -> Fragment:
    """Return the counts of what stands now, and of what the jury itself decided."""
    comptes = (
        resultats.group_by("specialite", "decision_finale")
        .agg(candidats=pl.len(), par_le_jury=_is_written().sum())
        .sort("specialite", "decision_finale")
    )
    return table(
        comptes,
        ["specialite", "decision_finale", "candidats", "par_le_jury"],
        identifier="pv-comptes",
        caption="Candidats par décision",
        labels={"candidats": "Candidats", "par_le_jury": "dont décision écrite du jury"},
        natures={"candidats": "entier", "par_le_jury": "entier", "decision_finale": "code"},
        note="Sans décision écrite du jury, la proposition calculée s’applique : le jury l’adopte.",
    )


def _is_written() -> pl.Expr:
    """Tell whether what stands is a decision the jury wrote, at the step that decides."""
    after, first = (
        pl.col(name).is_not_null() for name in ("decision_jury_controle", "decision_jury")
    )
    return after | (first & pl.col("decision_apres_controle").is_null())


def _departures(ecarts: pl.DataFrame) -> Fragment:
    return table(
        ecarts.filter("differe").with_columns(
            pl.col("etape").replace(_ETAPES),
            pl.col("decision", "proposition").replace(DANS_UNE_PHRASE),
        ),
        ["numero_candidat", "specialite", "etape", "moyenne", "proposition", "decision", "motif"],
        identifier="pv-ecarts",
        caption="Décisions du jury autres que la proposition",
        labels={"moyenne": "Moyenne", "proposition": "Proposition", "decision": "Décision"},
        natures={"moyenne": "note", "etape": "texte", "decision": "texte", "proposition": "texte"},
        empty="Le jury a suivi toutes les propositions.",
        dense=True,
    )


def say_booklets(ecarts: pl.DataFrame, resultats: pl.DataFrame) -> Fragment:
    """Say what is known of the livret of each refused candidate: a signed page adopts them all."""
    refus = ecarts.filter(decision="REFUSE")
    examines, absents = (refus.filter(livret=code).height for code in ("O", "AUCUN"))
    tacites = resultats.filter(~_is_written(), decision_finale="REFUSE").height
    phrases: list[Fragment] = []
    if not refus.is_empty():
        phrases.append(
            fill(
                "{n} du jury ; livret scolaire examiné pour {m}, aucun livret fourni pour {a} "
                "(CE D643-26).",
                n=formats.format_count(refus.height, "refus", "refus"),
                m=formats.format_integer(examines),
                a=formats.format_integer(absents),
            )
        )
    if tacites:
        phrases.append(
            fill(
                "{n} sans décision écrite : rien ne dit que le livret scolaire de qui en a fourni un "
                "a été examiné, sans quoi le refus ne peut être prononcé (CE D643-26).",
                n=formats.format_count(tacites, "refus", "refus"),
            )
        )
    return bullets(phrases) if phrases else paragraph("{x}", x="Aucun refus.")


def _mentions(mentions: pl.DataFrame) -> Fragment:
    return table(
        mentions.filter(pl.col("epreuve") != "toutes").with_columns(
            motif=pl.when(pl.col("code") == "FR")
            .then(pl.lit("fraude, résultat retenu"))
            .otherwise(pl.col("motif").fill_null("motif non renseigné"))
        ),
        ["specialite", "epreuve", "code", "motif", "nb_candidats"],
        identifier="pv-mentions",
        caption="Épreuves non validées (NV) et fraudes (FR)",
        natures={"motif": "texte"},
        empty="Aucune épreuve non validée, aucune fraude.",
        dense=True,
    )


def _kept(gardees: pl.DataFrame, regles: ReglesDecision) -> Fragment:
    tenues = "unité par unité" if regles.regime.benefice == "unite" else "par épreuve entière"
    return table(
        gardees,
        ["numero_candidat", "specialite", "decision_finale", "epreuves"],
        identifier="pv-unites",
        caption=f"Notes d’au moins {regles.conservee} des candidats refusés ou éliminés",
        labels={"epreuves": "Épreuves (note)"},
        natures={"epreuves": "texte", "decision_finale": "code"},
        note=f"À leur demande, ces notes peuvent être conservées cinq ans, {tenues} (CE D643-23, qui dit "
        "« ajourné » : refusé, et ici éliminé, à qui le diplôme ne peut être délivré non plus).",
        empty=f"Aucun candidat refusé ou éliminé n’a de note d’au moins {regles.conservee}.",
        dense=True,
    )


def _signatures() -> Fragment:
    places = ("Le président du jury", "Le vice-président", "Les membres du jury")
    return stack(*(paragraph("{x} : …………………………………………", x=place) for place in places))
