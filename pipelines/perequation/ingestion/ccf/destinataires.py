"""Who gets a CCF template, for which candidates and épreuves, and who gets none and why."""

from dataclasses import dataclass

import duckdb

from perequation.ingestion.lecture.modele_rempli import CONTROLE

# Épreuves (code, title) and open cells (candidate, épreuve).
Cases = tuple[tuple[tuple[str, str], ...], frozenset[tuple[str, str]]]

_SANS_MODELE = """
    select
        candidats.uai,
        coalesce(min(candidats.etablissement), min(etablissements.nom), candidats.uai),
        candidats.specialite,
        case
            when bool_or(etablissements.type = 'PRIVE HORS CONTRAT') then 'hors contrat'
            when bool_or(etablissements.ccf = 'N') then 'non habilité au CCF'
            when bool_and(candidats.statut in ('EAD', 'INDIVIDUEL'))
                then 'individuels ou EAD seulement'
            else 'notes déjà connues, hors CCF'
        end
    from staging.candidat as candidats
    anti join intermediate.case_ccf as cases using (uai, specialite)
    left join staging.etablissement as etablissements using (uai)
    where candidats.uai is not null
        and candidats.specialite in (select specialite from reference.epreuve where est_ccf)
    group by candidats.uai, candidats.specialite
    order by candidats.specialite, candidats.uai"""


@dataclass(frozen=True)
class Destinataire:
    """One template to make: an establishment and a spécialité.

    Attributes
    ----------
    uai, etablissement, specialite, session
        Whose it is; of the contrôle, an académie.
    est_habilitation_connue
        Whether the list of establishments says that it may assess in CCF.
    candidats
        Number, surname, first name, date of birth (jj/mm/aaaa) of each candidate.
    epreuves
        Code and title of each épreuve.
    cases
        Candidate and épreuve of the cells to fill in; the others stay closed.
    etape
        That of the marks: ``transmise`` (CCF) or ``controle``.
    """

    uai: str
    etablissement: str
    specialite: str
    session: int
    est_habilitation_connue: bool
    candidats: tuple[tuple[str, str, str, str], ...]
    epreuves: tuple[tuple[str, str], ...]
    cases: frozenset[tuple[str, str]]
    etape: str = "transmise"


@dataclass(frozen=True)
class SansModele:
    """An establishment of the roster that gets no template, and why."""

    uai: str
    etablissement: str
    specialite: str
    raison: str


def list_recipients(con: duckdb.DuckDBPyConnection) -> tuple[Destinataire, ...]:
    """List the CCF templates to make, by spécialité and establishment.

    Parameters
    ----------
    con
        A warehouse with `staging`, `reference` and `intermediate.case_ccf`.
    """
    cases = _open_cells(con)
    lignes = con.execute("""
        select c.uai, coalesce(min(c.etablissement), min(e.nom), c.uai), c.specialite,
               any_value(c.session), bool_or(e.ccf is not null),
               list([c.numero_candidat, coalesce(c.nom, ''), coalesce(c.prenom, ''),
                     coalesce(strftime(c.date_naissance, '%d/%m/%Y'), '')]
                    order by c.nom collate fr, c.prenom collate fr, c.numero_candidat)
        from staging.candidat as c
        semi join intermediate.case_ccf as cases using (numero_candidat, specialite)
        left join staging.etablissement as e using (uai)
        group by c.uai, c.specialite order by c.specialite, c.uai""").fetchall()
    return tuple(
        Destinataire(
            uai,
            etablissement,
            specialite,
            session,
            known,
            tuple(map(tuple, candidats)),
            *cases[uai, specialite],
        )
        for uai, etablissement, specialite, session, known, candidats in lignes
    )


def list_left_out(con: duckdb.DuckDBPyConnection) -> tuple[SansModele, ...]:
    """List the establishments of the roster that get no template; see `list_recipients`."""
    return tuple(SansModele(*ligne) for ligne in con.execute(_SANS_MODELE).fetchall())


def list_control_recipients(con: duckdb.DuckDBPyConnection) -> tuple[Destinataire, ...]:
    """List the templates of the contrôle to make, by spécialité and académie.

    Parameters
    ----------
    con
        A published warehouse. Those called whose result after it is not known yet are on them, each
        with the épreuves open to them.
    """
    lignes = con.execute("""
        with attendus as (
            select c.*, r.academie as ou
            from staging.candidat as c
            join marts.rattrapage as r using (numero_candidat, specialite, session)
            where r.decision_finale is null
        )
        select ou, specialite, any_value(session),
               list([numero_candidat, coalesce(nom, ''), coalesce(prenom, ''),
                     coalesce(strftime(date_naissance, '%d/%m/%Y'), '')]
                    order by nom collate fr, prenom collate fr, numero_candidat)
        from attendus group by ou, specialite order by specialite, ou""").fetchall()
    cases = _by_sender(
        con.execute("""
            select r.academie, c.specialite, c.epreuve,
                   coalesce(any_value(e.titre) filter (e.epreuve = c.epreuve),
                            string_agg(distinct e.epreuve, ' + ' order by e.epreuve)),
                   list(distinct c.numero_candidat)
            from marts.epreuve_controle as c
            join marts.rattrapage as r using (numero_candidat, specialite, session)
            join reference.epreuve as e
                on e.specialite = c.specialite and e.epreuve_groupe = c.epreuve
            where c.est_possible and r.decision_finale is null
            group by all
            order by r.academie, c.specialite, min(e.rang)""").fetchall()
    )
    return tuple(
        Destinataire(
            ou,
            f"Académie de {ou}",
            specialite,
            session,
            True,
            tuple(map(tuple, candidats)),
            *cases[ou, specialite],
            CONTROLE,
        )
        for ou, specialite, session, candidats in lignes
        if (ou, specialite) in cases
    )


def _open_cells(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Cases]:
    """Return the épreuves and the open cells of each establishment and spécialité."""
    lignes = con.execute("""
        select uai, specialite, epreuve,
               any_value(titre) || if(bool_or(cases.est_facultative), ' (facultative)', ''),
               list(numero_candidat)
        from intermediate.case_ccf as cases
        join (select specialite, epreuve, titre from reference.epreuve) using (specialite, epreuve)
        group by uai, specialite, epreuve
        order by uai, specialite, min(rang)""").fetchall()
    return _by_sender(lignes)


def _by_sender(lignes: list[tuple[str, str, str, str, list[str]]]) -> dict[tuple[str, str], Cases]:
    cases: dict[tuple[str, str], Cases] = {}
    for uai, specialite, epreuve, titre, numeros in lignes:
        epreuves, ouvertes = cases.get((uai, specialite), ((), frozenset()))
        cases[uai, specialite] = (
            (*epreuves, (epreuve, titre)),
            ouvertes | {(numero, epreuve) for numero in numeros},
        )
    return cases
