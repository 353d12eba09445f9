"""Fill `raw.*` from a session's files: every row of every file ends loaded or rejected."""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

import duckdb

from perequation.ingestion.chargement import Chargement, empty_words, load_rejects
from perequation.ingestion.fichiers import FichierEntree, list_inputs, rank_sent
from perequation.ingestion.lecture.bornes import Echeance, reading_within, require_reasonable_size
from perequation.ingestion.lecture.decoupage import FIN_CHAMP, Lot
from perequation.ingestion.lecture.disposition_lue import FichierIllisibleError, FichierVideError
from perequation.ingestion.lecture.entete import Attente, Entete
from perequation.ingestion.lecture.lecture import open_file
from perequation.ingestion.lecture.lecture_texte import SourceTexte
from perequation.ingestion.lecture.lignes_masquees import say_rows
from perequation.ingestion.lecture.modele_rempli import CONTROLE, read_template, supersede_templates
from perequation.ingestion.lecture.rejets import (
    empty_file,
    missing_column,
    repeated_column,
    unloaded_line,
    unreadable,
)
from perequation.ingestion.lecture.simple import scan_simple
from perequation.ingestion.lecture.tampon import Tampon
from perequation.ingestion.profils import Disposition, Profil, fill_constant, load_profile
from perequation.ingestion.registre import FichierRecu, register
from perequation.ingestion.tables import create_raw_tables
from perequation.ingestion.unchanged import PublishedImport, keep_fingerprint, reading_fingerprint
from perequation.socle.configuration import Configuration
from perequation.socle.dossier import Dossier, load_reglements
from perequation.socle.etapes import require_every_file
from perequation.socle.fichiers import work_folder
from perequation.socle.reglement import Reglement
from perequation.socle.schema import TABLES

# Name of the file, rows read so far in it, files done, files in all.
Avancement = Callable[[str, int, int, int], None]


@dataclass(frozen=True)
class Codes:
    """What files write for the épreuves.

    Attributes
    ----------
    epreuves
        Codes that may head a column of a wide file.
    groupes
        Those of the contrôle's files: épreuves made of parts besides.
    alias
        The épreuve of each code that is another's.
    """

    epreuves: tuple[str, ...]
    groupes: tuple[str, ...]
    alias: Mapping[str, str]


@dataclass(frozen=True)
class Lieu:
    """Where an import works, and what it is told beyond the session folder.

    Attributes
    ----------
    essaye
        A file, and the profile it is tried with.
    with_publication
        Whether what is published is attached to the construction; None when a few files are read.
    """

    temporaire: Path
    codes: Codes
    essaye: tuple[Path, Profil] | None = None
    with_publication: bool | None = None


@dataclass(frozen=True)
class Importation:
    """What the import of each file needs."""

    con: duckdb.DuckDBPyConnection
    configuration: Configuration
    profil: Profil
    profils: tuple[tuple[str, Profil], ...]
    modele_ccf: Profil
    lieu: Lieu

    def profile_of(self, chemin: Path) -> Profil:
        """Return the profile of a file: that of the first pattern its name answers, else the usual."""
        if self.lieu.essaye is not None and self.lieu.essaye[0] == chemin:
            return self.lieu.essaye[1]
        nom = chemin.name.lower()
        found = (profil for motif, profil in self.profils if fnmatch(nom, motif.lower()))
        return next(found, self.profil)


def import_files(
    con: duckdb.DuckDBPyConnection,
    dossier: Dossier,
    progress: Avancement | None = None,
    *,
    with_publication: bool = False,
) -> int:
    """Read every input file of a session into `raw.*`; see that each is accounted for.

    Parameters
    ----------
    con
        Writable connection that may read files.
    dossier
        The session folder.
    progress
        Called along the way with the file's name, rows read in it, files done, files in all.
    with_publication
        What is published is attached (`unchanged.attached_publication`): the files that are as they were
        when it was read are taken from it.

    Returns
    -------
    int
        How many files were not read again.

    Raises
    ------
    MissingInputError
        There is no roster or no marks file at all, or a file changed while they were read.
    ConfigurationError
        The import profile is unknown or faulty.
    """
    codes = list_codes(load_reglements(dossier))
    with work_folder(dossier.sortie) as temporaire:
        lieu = Lieu(temporaire, codes, with_publication=with_publication)
        taken = _read_entries(con, dossier, list_inputs(dossier), lieu, progress)
    require_every_file(con, {(entree.nom, entree.sha256) for entree in list_inputs(dossier)})
    return taken


def import_entries(
    con: duckdb.DuckDBPyConnection, dossier: Dossier, entrees: Sequence[FichierEntree]
) -> None:
    """Read the given files into `raw.*`; see `import_files`."""
    codes = list_codes(load_reglements(dossier))
    with work_folder(dossier.sortie) as temporaire:
        _read_entries(con, dossier, entrees, Lieu(temporaire, codes))


def try_entries(
    con: duckdb.DuckDBPyConnection,
    dossier: Dossier,
    entrees: Sequence[FichierEntree],
    essaye: tuple[Path, Profil],
    codes: Codes,
) -> None:
    """Read the given files into `raw.*` for a trial: nothing is written in the session folder.

    Parameters
    ----------
    con
        Writable connection that may read files.
    dossier
        The session folder.
    entrees
        The files.
    essaye
        One of them, and the profile it is read with whatever the session says.
    codes
        What files write for the épreuves.
    """
    with tempfile.TemporaryDirectory(prefix="perequation-") as temporaire:
        _read_entries(con, dossier, entrees, Lieu(Path(temporaire), codes, essaye))


def _read_entries(
    con: duckdb.DuckDBPyConnection,
    dossier: Dossier,
    entrees: Sequence[FichierEntree],
    lieu: Lieu,
    progress: Avancement | None = None,
) -> int:
    """Read some files; return how many were taken from the published import instead."""
    donnees = dossier.configuration.donnees
    create_raw_tables(con)
    with reading_within(dossier.configuration.bornes, lieu.temporaire):
        importation = Importation(
            con,
            dossier.configuration,
            load_profile(donnees.profil, dossier),
            tuple((motif, load_profile(nom, dossier)) for motif, nom in donnees.profils.items()),
            load_profile("modele_ccf"),
            lieu,
        )
        earlier = _earlier(importation)
        for rang, entree in enumerate(entrees):
            if not earlier.take(entree):
                report = _report(progress, entree.nom, rang, len(entrees))
                _import_sheets(importation, entree, report)
    empty_words(con)
    supersede_templates(con)
    return earlier.taken


def _earlier(importation: Importation) -> PublishedImport:
    """Give what the published import read that needn't be read again; nothing of a few files."""
    lieu = importation.lieu
    if lieu.with_publication is None:
        return PublishedImport(importation.con)
    profils = (importation.profil, importation.modele_ccf, *(p for _, p in importation.profils))
    read_under = reading_fingerprint(importation.configuration, profils, lieu.codes)
    keep_fingerprint(importation.con, read_under)
    return (
        PublishedImport.of(importation.con, read_under)
        if lieu.with_publication
        else PublishedImport(importation.con)
    )


def list_codes(reglements: Iterable[Reglement]) -> Codes:
    """Return what files write for the épreuves of some règlements."""
    reglements = tuple(reglements)
    epreuves = {ecrit: code for r in reglements for ecrit, code in r.codes.items()}
    groupes = dict.fromkeys(e.groupe for r in reglements for e in r.epreuves)
    alias = {ecrit: code for ecrit, code in epreuves.items() if ecrit != code}
    return Codes(tuple(epreuves), tuple({**epreuves, **groupes}), alias)


def _report(progress: Avancement | None, nom: str, rang: int, total: int) -> Callable[[int], None]:
    return lambda lues: progress(nom, lues, rang, total) if progress else None


def _import_sheets(
    importation: Importation, entree: FichierEntree, report: Callable[[int], None]
) -> None:
    """Load one file; a workbook's sheets with the same columns follow, each accounted for apart."""
    fiche = _import_file(importation, entree, report)
    register(importation.con, fiche)
    for feuille in fiche.lecture.feuilles_jointes if fiche.lecture else ():
        suite = replace(entree, nom=f"{entree.nom} [{feuille}]")
        fiche = _import_file(importation, suite, report, feuille)
        fiche.classeur = entree.nom
        register(importation.con, fiche)


def _import_file(
    importation: Importation,
    entree: FichierEntree,
    report: Callable[[int], None],
    feuille: str | None = None,
) -> FichierRecu:
    """Load one file, or one sheet of it, or say why it can't be; never raises for what it holds."""
    renvois = importation.configuration.donnees.renvois
    fiche = FichierRecu(entree, feuille=feuille, rang_envoi=rank_sent(entree.chemin.name, renvois))
    if entree.copie_de is not None:
        return fiche
    with Tampon(importation.lieu.temporaire) as buffer:
        try:
            require_reasonable_size(entree.chemin)
            disposition = _open(importation, fiche)
            chargement = _prepare(importation.con, fiche, disposition)
            est_simple = _load_simple(fiche, chargement, buffer)
            if est_simple:
                report(buffer.lues)
            else:
                _read(fiche, disposition, buffer, report)
                chargement = chargement.scaled(buffer.echelles)
        except FichierVideError:
            buffer.reject(empty_file())
        except FichierIllisibleError as erreur:
            # Nothing of a file that breaks off is loaded: only its rejected lines count as read.
            buffer.lues = buffer.nb_rejets
            buffer.reject(unreadable(str(erreur)))
        else:
            buffer.flush()
            if not est_simple and buffer.lues > buffer.nb_rejets:
                chargement.load_records(buffer)
        buffer.flush()
        load_rejects(importation.con, entree, buffer)
        fiche.lues = buffer.lues
        fiche.faits = {
            "mots_vides": ", ".join(f"{word} ({n})" for word, n in sorted(buffer.vides.items())),
            "pieds": ", ".join(f"ligne {n} « {text} »" for n, text in buffer.pieds),
            "invisibles": ", ".join(sorted(buffer.invisibles)),
            "lignes_masquees": say_rows(buffer.masquees),
        }
    return fiche


def _open(importation: Importation, fiche: FichierRecu) -> Disposition:
    """Find out the layout of a file; a CCF template brings its own profile."""
    entree = fiche.entree
    fiche.modele = read_template(entree.chemin) if entree.type_fichier == "notes" else None
    profil = importation.modele_ccf if fiche.modele else importation.profile_of(entree.chemin)
    disposition = profil.disposition(entree.type_fichier).of_codes(importation.lieu.codes.alias)
    if fiche.feuille is not None:
        # Its name as it is: brackets mean something in a pattern.
        disposition = disposition.model_copy(update={"feuille": fiche.feuille})
    fiche.profil, fiche.convertit_baremes = profil.nom, disposition.convertir_baremes
    constantes = _constants(disposition, importation.configuration)
    if fiche.modele is not None:
        constantes |= fiche.modele.constantes
    est_controle = fiche.modele is not None and fiche.modele.etape == CONTROLE
    codes = importation.lieu.codes
    tetes = codes.groupes if est_controle else codes.epreuves
    attente = build_attente(entree.type_fichier, disposition, constantes, tetes)
    lecture = open_file(entree.chemin, attente)
    fiche.lecture = lecture
    fiche.fournies = {
        nom: valeur
        for nom, valeur in {**constantes, **lecture.preambule}.items()
        if nom not in lecture.entete.positions
    }
    return disposition


def build_attente(
    type_fichier: str,
    disposition: Disposition,
    constantes: Iterable[str],
    epreuves: tuple[str, ...],
) -> Attente:
    """Say what the header of a kind of file is searched for."""
    wanted = epreuves if "*" in disposition.large else disposition.large
    return Attente(TABLES[type_fichier], disposition, frozenset(constantes), tuple(wanted))


def _constants(disposition: Disposition, configuration: Configuration) -> dict[str, str]:
    remplies = {
        nom: fill_constant(valeur, configuration) for nom, valeur in disposition.constantes.items()
    }
    return {nom: valeur for nom, valeur in remplies.items() if valeur is not None}


def _prepare(
    con: duckdb.DuckDBPyConnection, fiche: FichierRecu, disposition: Disposition
) -> Chargement:
    assert fiche.lecture is not None
    return Chargement(con, fiche.entree, fiche.lecture.entete, disposition, fiche.fournies)


def _load_simple(fiche: FichierRecu, chargement: Chargement, buffer: Tampon) -> bool:
    """Load a file the fast way when nothing in it needs care; return whether it was."""
    lecture, entete = fiche.lecture, chargement.entete
    if lecture is None or not isinstance(lecture.source, SourceTexte):
        return False
    disposition = chargement.disposition
    if entete.epreuves or not entete.est_complet or disposition.pied or disposition.filtre:
        return False
    source, separateur = lecture.source, lecture.separateur
    simple = scan_simple(source.chemin, source.encodage, separateur, entete)
    if simple is None or not chargement.load_simple(simple, separateur):
        return False
    buffer.lues = simple.lignes
    return True


def _read(
    fiche: FichierRecu, disposition: Disposition, buffer: Tampon, report: Callable[[int], None]
) -> None:
    """Read the records of a file; when its header can't do, every one of them is rejected."""
    assert fiche.lecture is not None
    entete = fiche.lecture.entete
    for nom in entete.repetees:
        buffer.reject(repeated_column(entete.ligne, nom))
    for nom in entete.manquantes:
        buffer.reject(missing_column(entete.ligne, nom, entete.libelles))
    echeance = Echeance()
    try:
        for doute in (False, True):
            for lot in fiche.lecture.blocks(disposition.pied, doute=doute):
                if entete.est_complet:
                    buffer.add(lot)
                else:
                    _reject_all(lot, entete, buffer)
                report(buffer.lues)
                echeance.check()
            if doute or not fiche.lecture.must_doubt(
                buffer.largeurs, buffer.lues, virgules=buffer.a_des_virgules
            ):
                break
            buffer.restart()
        buffer.explain()
    except (OSError, UnicodeError) as erreur:
        raise FichierIllisibleError("il ne peut pas être lu jusqu'au bout") from erreur


def _reject_all(lot: Lot, entete: Entete, buffer: Tampon) -> None:
    colonnes = (*entete.manquantes, *entete.repetees)
    buffer.add(Lot(defauts=lot.defauts, lues=lot.lues))
    for bloc in lot.enregistrements:
        for enregistrement in bloc.split("\n"):
            ligne, content = enregistrement.split(FIN_CHAMP, 1)
            text = content.replace(FIN_CHAMP, " ; ")
            buffer.reject(unloaded_line(int(ligne), text, colonnes))
