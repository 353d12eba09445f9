"""The steps of a session: which comes next, when, and who or what is still missing for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import open_read_only, read_mart, read_relation
from perequation.socle.erreurs import MissingInputError
from perequation.socle.formats import format_count, format_date, format_of
from perequation.socle.regles_decision import rules_at
from perequation.socle.ressources import ressource

#: The steps one may ask to be ready for, in the order of a session.
ETAPES = ("reunion", "jury", "controle")
#: Every step of a session, in its order.
SUITE = ("reunion", "report", "jury", "controle")


@dataclass(frozen=True)
class Attendu:
    """A candidate something is awaited of.

    Attributes
    ----------
    specialite, numero_candidat
        Who.
    pourquoi
        What is awaited, in French.
    est_possible
        Whether nobody knows yet if it will be: who may still be called to the contrôle.
    """

    specialite: str
    numero_candidat: str
    pourquoi: str
    est_possible: bool = False


@dataclass(frozen=True)
class Etape:
    """A step of the session.

    Attributes
    ----------
    nom
        In French, as a sentence begins.
    jour
        When it is due; None when `[calendrier]` doesn't say.
    est_tenue
        Whether the inputs hold what it decides: decisions, or marks of the contrôle.
    est_passee
        Whether it is behind: held, or a later one is, or nothing is left to it.
    manques
        Who or what is missing for it, one line each.
    resume
        The same in a few words, or what is left to do; empty when nothing is.
    candidats
        The candidates among `manques`.
    remede
        The command that does what is left, when it is one.
    """

    nom: str
    jour: date | None
    est_tenue: bool
    est_passee: bool
    manques: tuple[str, ...]
    resume: str
    candidats: tuple[Attendu, ...] = ()
    remede: str = ""

    @property
    def annonce(self) -> str:
        """Its name and when it is due."""
        return f"{self.nom} le {format_date(self.jour, long=True)}" if self.jour else self.nom


def read_step(dossier: Dossier, code: str) -> Etape:
    """Say where a session is before one of `SUITE`, from its published results."""
    return _LECTURES[code](dossier)


def next_step(dossier: Dossier) -> Iterator[str]:
    """Yield what comes next in the session, when, and what is missing for it."""
    for code in SUITE:
        etape = read_step(dossier, code)
        if etape.est_passee:
            continue
        manque = f" ; il manque {etape.resume}" if etape.resume else " ; rien ne manque"
        qui = "le" if len(etape.manques) == 1 else "les"
        nomme = f"perequation executer DOSSIER --pret {code} {qui} nomme" if etape.manques else ""
        suite = f" ({etape.remede or nomme})" if etape.remede or nomme else ""
        yield f"Prochaine étape : {etape.annonce}{manque}{suite}."
        return
    yield "Toutes les étapes de la session sont passées."


def require_ready(dossier: Dossier, code: str) -> None:
    """Stop when a step can't be held yet.

    Raises
    ------
    MissingInputError
        With one line for each establishment or candidate awaited.
    """
    etape = read_step(dossier, code)
    if etape.manques:
        raise MissingInputError(
            f"Pas prêt pour : {etape.annonce}. Il manque {etape.resume}.", list(etape.manques)
        )


def _meeting(dossier: Dossier) -> Etape:
    suivi = read_mart(dossier.entrepot, "suivi_ccf").filter(pl.col("reception") != "complet")
    manques = tuple(
        f"{row['specialite']}  {row['uai']}  {row['etablissement']} : "
        f"{format_count(row['nb_recues'], 'note')} sur {row['nb_attendues']}"
        for row in suivi.sort("specialite", "uai").iter_rows(named=True)
    )
    est_tenue = not _rows(dossier, "staging.decision_harmonisation").is_empty()
    count = suivi["uai"].n_unique()
    return Etape(
        "réunion d'harmonisation",
        dossier.configuration.calendrier.reunion,
        est_tenue=est_tenue,
        est_passee=est_tenue or _jury_has_met(dossier) or _control_has_begun(dossier),
        manques=manques,
        resume=format_count(count, "établissement") if count else "",
    )


def _carry_over(dossier: Dossier) -> Etape:
    """Say whether marks proposed after the meeting's decisions wait to be signed."""
    count = _proposed(dossier)
    est_passe = not count or _jury_has_met(dossier) or _control_has_begun(dossier)
    return Etape(
        "report des décalages de la réunion",
        None,
        est_tenue=False,
        est_passee=est_passe,
        manques=(),
        resume=f"la signature {format_of(count, 'note', one='une')} à relire" if count else "",
        remede="perequation decisions appliquer DOSSIER --relu-par « Nom »",
    )


def _proposed(dossier: Dossier) -> int:
    """Count the marks that follow from the meeting's decisions and are not among the inputs."""
    requete = ressource("sql", "reunion", "note_proposee.sql").read_text(encoding="utf-8")
    with open_read_only(dossier.entrepot) as con:
        return int(con.sql(requete).count("*").fetchall()[0][0])


def _jury(dossier: Dossier) -> Etape:
    attendus = _awaited_by_the_jury(dossier)
    manques = tuple(map(_line, attendus))
    est_tenu = _jury_has_met(dossier)
    sans_appel = read_mart(dossier.entrepot, "rattrapage").is_empty()
    return Etape(
        "jury",
        dossier.configuration.calendrier.jury,
        est_tenue=est_tenu,
        est_passee=est_tenu or _control_has_begun(dossier) or (not manques and sans_appel),
        manques=manques,
        resume=_people("les notes définitives", len(manques)),
        candidats=attendus,
    )


def _awaited_by_the_jury(dossier: Dossier) -> tuple[Attendu, ...]:
    """Return whose marks are awaited or not settled and why, those without a mark first."""
    resultats = read_mart(dossier.entrepot, "resultat_candidat")
    incomplets = resultats.filter(
        (pl.col("decision_calculee") == "INCOMPLET") | pl.col("est_provisoire"),
        pl.col("decision_jury").is_null(),
    ).sort(pl.col("decision_calculee") != "INCOMPLET", "specialite", "numero_candidat")
    return tuple(
        Attendu(
            row["specialite"],
            row["numero_candidat"],
            "note manquante"
            if row["decision_calculee"] == "INCOMPLET"
            else "notes encore transmises, ni harmonisées ni maintenues",
        )
        for row in incomplets.iter_rows(named=True)
    )


def _second_jury(dossier: Dossier) -> Etape:
    appeles = read_mart(dossier.entrepot, "rattrapage")
    attendus = appeles.filter(pl.col("decision_finale").is_null()).sort(
        "specialite", "numero_candidat"
    )
    # At the exceptional contrôle of 2021 a mark decides nothing: only the jury does.
    regime = rules_at(dossier.configuration.session.annee).regime
    attendue = "décision du jury" if regime.controle == "exceptionnel" else "note de contrôle"
    sans_note = [
        Attendu(row["specialite"], row["numero_candidat"], f"{attendue} attendue")
        for row in attendus.iter_rows(named=True)
    ]
    # Whoever the first jury can't decide on may still be called, unless no mark awaited can do it.
    resultats = read_mart(dossier.entrepot, "resultat_candidat")
    # Results of an earlier version don't say it.
    dit = "peut_etre_appele" in resultats.columns
    jamais = resultats.filter(~pl.col("peut_etre_appele")) if dit else resultats.head(0)
    decides = [
        Attendu(row["specialite"], row["numero_candidat"], "")
        for row in jamais.filter(~pl.col("est_provisoire")).iter_rows(named=True)
    ]
    known = {(a.specialite, a.numero_candidat) for a in (*sans_note, *decides)}
    why = "pas encore décidé au premier groupe, peut être appelé"
    inconnus = [
        replace(a, pourquoi=why, est_possible=True)
        for a in _awaited_by_the_jury(dossier)
        if (a.specialite, a.numero_candidat) not in known
    ]
    a_decider = 0 if sans_note or second_jury_has_met(dossier) else appeles.height
    resumes = (
        _people(f"la {attendue}", len(sans_note)),
        _people("les notes définitives", len(inconnus)),
        _people("la décision après contrôle", a_decider),
    )
    candidats = (*sans_note, *inconnus)
    calendrier = dossier.configuration.calendrier
    return Etape(
        "second jury" if a_decider else "épreuves de contrôle et second jury",
        calendrier.second_jury or calendrier.controle,
        est_tenue=_control_has_begun(dossier),
        est_passee=not sans_note and not a_decider,
        manques=tuple(map(_line, candidats)),
        resume=" et ".join(resume for resume in resumes if resume),
        candidats=candidats,
    )


def second_jury_has_met(dossier: Dossier) -> bool:
    """Say whether the inputs hold decisions of the jury after the contrôle."""
    decisions = _rows(dossier, "staging.decision_jury")
    return not decisions.filter(etape="controle").is_empty()


def _jury_has_met(dossier: Dossier) -> bool:
    decisions = _rows(dossier, "staging.decision_jury")
    return not decisions.filter(etape="premier_groupe").is_empty()


def _control_has_begun(dossier: Dossier) -> bool:
    passees = read_mart(dossier.entrepot, "rattrapage")["epreuves_passees"]
    return bool((passees.list.len() > 0).any())


def _line(attendu: Attendu) -> str:
    return f"{attendu.specialite}  {attendu.numero_candidat} : {attendu.pourquoi}"


def _people(quoi: str, count: int) -> str:
    return f"{quoi} {format_of(count, 'candidat')}" if count else ""


def _rows(dossier: Dossier, relation: str) -> pl.DataFrame:
    with open_read_only(dossier.entrepot) as con:
        return read_relation(con, relation)


_LECTURES: dict[str, Callable[[Dossier], Etape]] = {
    "reunion": _meeting,
    "report": _carry_over,
    "jury": _jury,
    "controle": _second_jury,
}
