"""The recipe: importer → controler → calculer → editer.

Everything up to `calculer` happens in a construction file; the published warehouse, its exports and
its manifest are replaced only once the construction is complete and nothing blocks.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb

from perequation.socle import couches, entrepot, freshness, publication
from perequation.socle.dictionnaire import require_current
from perequation.socle.dossier import Dossier, load_reglements
from perequation.socle.erreurs import BlockingQualityError, ConfigurationError
from perequation.socle.etapes import end_step, require_controls, require_step, start_step
from perequation.socle.extras import has_extra, missing_extra
from perequation.socle.fichiers import within
from perequation.socle.journal import Journal
from perequation.socle.referentiel import create_reference

if TYPE_CHECKING:
    from perequation.controles import Bilan
    from perequation.edition import BilanEdition
    from perequation.ingestion.bilan import BilanImport

RELATIONS_D_ENTREE = ("candidats", "notes", "etablissements", "imports")
# Large, read by the gaps only: not worth publishing.
DE_PASSAGE = tuple(
    f"intermediate.harmonisation_{nom}"
    for nom in ["rang", "numero", "notation", "copie", "groupe", "moyenne", "candidat", "produit"]
)
# What the quality report needs even when the data block.
LUES_PAR_LE_RAPPORT = ("marts.completude", "marts.rapprochement_effectif", "marts.suivi_ccf")
COMPTES_D_IMPORT = ("marts.rejet", "marts.bilan_import")


def executer(  # noqa: PLR0913 (what a run may be asked, each by its name)
    dossier: Dossier,
    journal: Journal,
    jour: date | None = None,
    *,
    fiches: bool = False,
    refaire: bool = False,
    papiers: bool = True,
) -> "BilanEdition | None":
    """Do everything: from the files to the reports, the fiches among them when they are wanted.

    What was filled in where it was prepared is taken back first; the papers of the session's next
    step are prepared last.

    What the same files gave, under the same rules and the same version, is not made again.

    Parameters
    ----------
    dossier, journal, jour
        The session folder, who tells how it goes, the production date printed on the pages.
    fiches
        Also the fiches.
    refaire
        Make everything again all the same.
    papiers
        Take back the papers filled in and prepare those of the next step.

    Returns
    -------
    BilanEdition or None
        None when nothing had changed.

    Raises
    ------
    MissingInputError
        No candidate or no marks file.
    BlockingQualityError
        Nothing is published; what is wrong is under `rejets/`.
    ReportsFailedError
        Some reports failed; the others are published.
    """
    if papiers:
        _take_back(dossier, journal)
    faites = freshness.session_fingerprint(dossier)
    pages = f"{faites} {jour} {os.environ.get('SOURCE_DATE_EPOCH')} {fiches}"
    if not refaire and freshness.is_current(dossier, "rapports", pages):
        journal.say("Rien n'a changé depuis la dernière exécution : rien n'est refait.")
        return None
    gardes = not refaire and freshness.is_current(dossier, "resultats", faites)
    if gardes:
        journal.say("Rien n'a changé dans les données : les résultats sont gardés.")
    else:
        _compute(dossier, journal, reread=refaire)
        freshness.keep(dossier, "resultats", faites)
    publication.finish(dossier)
    # From here on nothing takes their place: opened once for all that reads them.
    with entrepot.kept_open(dossier.entrepot, dossier.precedent):
        if has_extra("rapports"):
            bilan = editer(dossier, journal, jour=jour, fiches=fiches, reprendre=gardes)
            freshness.keep(dossier, "rapports", pages)
        else:
            bilan = _without_reports(dossier, journal)
        if papiers:
            _prepare_next(dossier, journal, jour)
    return bilan


def _take_back(dossier: Dossier, journal: Journal) -> None:
    """File what was filled in where it was prepared; say what can't be taken yet."""
    from perequation.avancement import take_back

    for reprise in take_back(dossier):
        if reprise.depot is None:
            journal.warn(
                f"Non repris : {within(dossier, reprise.fichier)}, à corriger "
                f"(perequation {reprise.commande} dit chaque faute)."
            )
            for ligne in reprise.faute.lines() if reprise.faute else ():
                journal.show(f"  {ligne}")
            continue
        for ligne in reprise.depot.lignes:
            journal.say(ligne)
        for ligne in reprise.depot.nominatives:
            journal.show(ligne)


def _prepare_next(dossier: Dossier, journal: Journal, jour: date | None) -> None:
    """Prepare the papers of the next step, and write the records of those behind."""
    from perequation.avancement import prepare_next

    with journal.step("documents de la session"):
        remises = prepare_next(dossier, jour)
    for remise in remises:
        journal.log(
            "info", "documents", fichiers=[within(dossier, f).name for f in remise.fichiers]
        )
        for ligne in remise.lignes if remise.nombre else ():
            journal.say(ligne)


def _compute(dossier: Dossier, journal: Journal, *, reread: bool) -> None:
    from perequation.controles.validation import warm_up

    warm_up()
    importer(dossier, journal, reread=reread)
    # Opened once for both: opening it starts DuckDB, closing it writes it whole.
    with _blocking(dossier, journal), entrepot.open_construction(dossier.construction) as con:
        _control(con, dossier, journal)
        _calculate(con, dossier, journal)
    _publish(dossier, journal)


def _without_reports(dossier: Dossier, journal: Journal) -> "BilanEdition":
    """Say that an installation of the base alone makes the lists but no report."""
    from perequation.edition import BilanEdition

    _write_lists(dossier)
    journal.say(f"Aucun rapport édité. {missing_extra('rapports')}")
    return BilanEdition(dossier.configuration.session.titre, dossier.rapports, (), 0.0)


def importer(dossier: Dossier, journal: Journal, *, reread: bool = False) -> "BilanImport":
    """Read the input files into a fresh construction: raw text, typed rows, rejects, accounts.

    Those that are as what is published read them are taken from it, unless they are to be `reread`.
    """
    from perequation.ingestion import import_files
    from perequation.ingestion.bilan import count_import, say_taken, say_unread
    from perequation.ingestion.unchanged import attached_publication

    reglements = load_reglements(dossier)
    with (
        entrepot.open_construction(dossier.construction, fresh=True) as con,
        attached_publication(con, dossier, reread=reread) as there,
    ):
        start_step(con, "importer")
        with entrepot.transaction(con):
            create_reference(con, dossier, reglements)
            with journal.step("lecture des fichiers"), journal.follow("Lecture") as progress:
                taken = import_files(con, dossier, progress, with_publication=there)
        with journal.step("vérification des valeurs"):
            couches.build_layer(con, "staging")
            couches.build_relations(con, COMPTES_D_IMPORT)
        bilan = count_import(con)
        publication.write_rejets(con, dossier)
        end_step(con, "importer", dossier)
    journal.say(f"Import : {bilan}.", **vars(bilan), repris=taken)
    for ligne in say_taken(taken):
        journal.say(ligne)
    for ligne in (*bilan.illisibles, *bilan.decales, *bilan.masquees):
        journal.warn(f"  {ligne}")
    for ligne in say_unread(dossier):
        journal.say(ligne)
    return bilan


def controler(dossier: Dossier, journal: Journal) -> "Bilan":
    """Validate what was loaded with Great Expectations.

    Raises
    ------
    BlockingQualityError
        A critical expectation failed.
    """
    with _blocking(dossier, journal), entrepot.open_construction(dossier.construction) as con:
        return _control(con, dossier, journal)


def _control(con: duckdb.DuckDBPyConnection, dossier: Dossier, journal: Journal) -> "Bilan":
    require_step(con, "importer", dossier)
    start_step(con, "controler")
    with journal.step("préparation des vérifications"):
        couches.build_missing(
            con, {*_read_by_controls(con, dossier, RELATIONS_D_ENTREE), *LUES_PAR_LE_RAPPORT}
        )
    bilan = _validate(con, dossier, journal, RELATIONS_D_ENTREE)
    end_step(con, "controler", dossier)
    return bilan


def calculer(dossier: Dossier, journal: Journal) -> None:
    """Compute results and gaps, validate them, then publish the warehouse.

    Raises
    ------
    BlockingQualityError
        An identity of the results is false; the earlier results stay published.
    """
    with _blocking(dossier, journal), entrepot.open_construction(dossier.construction) as con:
        _calculate(con, dossier, journal)
    _publish(dossier, journal)


def _calculate(con: duckdb.DuckDBPyConnection, dossier: Dossier, journal: Journal) -> None:
    require_controls(con, dossier)
    with journal.step("notes retenues et décisions"):
        couches.build_layer(con, "intermediate")
    with journal.step("écarts d'harmonisation"):
        compute_harmonisation(con)
    with journal.step("résultats"):
        couches.build_layer(con, "marts")
    with journal.step("secret statistique"):
        decide_confidentiality(con, dossier)
    _validate(con, dossier, journal, ("resultats",))
    couches.drop_relations(con, DE_PASSAGE)
    with journal.step("exports"):
        publication.prepare(con, dossier)


def _publish(dossier: Dossier, journal: Journal) -> None:
    publication.publish(dossier)
    journal.say(f"Résultats publiés dans {dossier.entrepot.relative_to(dossier.racine)}.")


def editer(
    dossier: Dossier, journal: Journal, *, revele: bool = False, **options: Any
) -> "BilanEdition":
    """Render the report pack of the published warehouse.

    Parameters
    ----------
    dossier, journal
        The session folder, and who tells how it goes.
    revele
        Give documents outside the office though they differ from the earlier ones by a few
        candidates.
    options
        See `perequation.edition.publish_reports`.

    Raises
    ------
    ConfigurationError
        Publishing again would tell of a few candidates, and `revele` is not given.
    ReportsFailedError
        Some reports failed; the others are published.
    """
    from perequation.edition import publish_reports

    publication.finish(dossier)
    leaves = options.get("diffusion", "interne") != "interne"
    with entrepot.kept_open(dossier.entrepot, dossier.precedent):
        require_current(dossier.entrepot)
        _write_lists(dossier)
        if leaves:
            hold_back(dossier, journal, revele=revele)
        bilan = publish_reports(dossier, journal=journal, **options)
    if leaves:
        publication.keep_diffused(dossier)
    return bilan


def _write_lists(dossier: Dossier) -> None:
    """Write the workbooks of the jury and of what is to correct beside the publication, once."""
    faites = freshness.session_fingerprint(dossier)
    if freshness.is_current(dossier, "listes", faites):
        return
    from perequation.controles.listes import write_everything_to_correct
    from perequation.jury.listes import write_lists

    write_lists(dossier)
    write_everything_to_correct(dossier)
    freshness.keep(dossier, "listes", faites)


def hold_back(dossier: Dossier, journal: Journal, *, revele: bool) -> None:
    """Stop when documents would tell, compared with the earlier ones, of a few candidates.

    Raises
    ------
    ConfigurationError
        They would, and `revele` is not given.
    """
    from perequation.resultats.republication import list_revealing

    minimum = dossier.configuration.seuils.effectif_minimal
    rows = list_revealing(dossier, minimum)
    if rows.is_empty():
        return
    journal.log(
        "avertissement",
        "publier à nouveau révélerait la correction de quelques candidats",
        chiffres=rows.height,
        revele=revele,
    )
    if not revele:
        raise ConfigurationError(
            f"Publier à nouveau révélerait la correction de quelques candidats : {rows.height} "
            f"chiffres déjà publiés changent, et leurs différences disent ce qui a changé pour moins "
            f"de {minimum} candidats. Rien n'est édité. Pour publier quand même : --revele."
        )


def compute_harmonisation(con: duckdb.DuckDBPyConnection) -> None:
    """Turn the sums of `intermediate` into the table `marts.ecart`."""
    from perequation.harmonisation import Trames, compute_ecarts

    trames = [Trames.read(partial(entrepot.read_relation, con))]  # given up below: not held twice
    entrepot.give_back_memory(con)
    ecarts = compute_ecarts(trames.pop())
    entrepot.write_table(con, "marts.ecart", ecarts)


def decide_confidentiality(con: duckdb.DuckDBPyConnection, dossier: Dossier) -> None:
    """Decide once which figures of which groups any document hides: `marts.masquage`."""
    from perequation.resultats.porte import mask_tables

    minimum = dossier.configuration.seuils.effectif_minimal
    masquage = mask_tables(partial(entrepot.read_relation, con), minimum)
    entrepot.write_table(con, "marts.masquage", masquage)


@contextmanager
def _blocking(dossier: Dossier, journal: Journal) -> Generator[None]:
    """When the data block, make their quality report once the construction is closed."""
    try:
        yield
    except BlockingQualityError:
        from perequation.controles.listes import write_corrections
        from perequation.edition import publish_quality

        if has_extra("rapports"):
            publish_quality(dossier, dossier.construction, journal=journal)
        write_corrections(dossier)
        raise


def _read_by_controls(
    con: duckdb.DuckDBPyConnection, dossier: Dossier, suites: tuple[str, ...]
) -> set[str]:
    """Return the relations that the rules of some suites read."""
    from perequation.controles import load_own_rules, load_regles

    regles = (*load_regles(suites), *load_own_rules(dossier.racine, suites))
    return {r.relation for r in regles}.union(
        *(
            couches.relations_read(con, r.sql) if r.est_propre else couches.relations_named(r.sql)
            for r in regles
        )
    )


def _validate(
    con: duckdb.DuckDBPyConnection, dossier: Dossier, journal: Journal, relations: tuple[str, ...]
) -> "Bilan":
    """Run the suites of some relations; on a critical failure write what is wrong and stop."""
    from perequation.controles import load_own_rules, run_controls

    with journal.step(f"vérifications : {', '.join(relations)}"):
        bilan = run_controls(con, relations, load_own_rules(dossier.racine, relations))
    publication.write_rejets(con, dossier)
    journal.say(f"Vérifications ({', '.join(relations)}) : {bilan}.")
    if bilan.critiques:
        raise BlockingQualityError(
            "Anomalies bloquantes : rien n'est publié, les résultats précédents restent en place. "
            "Ce qui est à corriger : "
            f"{dossier.rejets.relative_to(dossier.racine)}/10_qualite.html et les listes à côté.",
            bilan.lignes,
        )
    return bilan
