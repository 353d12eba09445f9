"""Fill `raw.*` from a session's files: every row of every file ends loaded or rejected."""

import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

import duckdb

from perequation.ingestion.chargement import Chargement, empty_words, load_rejects
from perequation.ingestion.fichiers import FichierEntree, list_inputs
from perequation.ingestion.lecture.bornes import Echeance, reading_within, require_reasonable_size
from perequation.ingestion.lecture.decoupage import FIN_CHAMP, Lot
from perequation.ingestion.lecture.disposition_lue import (
    FichierIllisibleError,
    FichierOuvert,
    FichierVideError,
)
from perequation.ingestion.lecture.entete import Attente, Entete
from perequation.ingestion.lecture.lecture import open_file
from perequation.ingestion.lecture.lecture_texte import SourceTexte
from perequation.ingestion.lecture.modele_rempli import Modele, read_template, supersede_templates
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
from perequation.ingestion.tables import create_raw_tables
from perequation.socle.configuration import Configuration
from perequation.socle.dossier import Dossier, load_reglements
from perequation.socle.etapes import require_every_file
from perequation.socle.fichiers import work_folder
from perequation.socle.schema import TABLES

# Name of the file, rows read so far in it, files done, files in all.
Avancement = Callable[[str, int, int, int], None]


@dataclass(frozen=True)
class Importation:
    """What the import of each file needs."""

    con: duckdb.DuckDBPyConnection
    configuration: Configuration | None
    profil: Profil
    profils: tuple[tuple[str, Profil], ...]
    modele_ccf: Profil
    epreuves: tuple[str, ...]
    temporaire: Path

    def profile_of(self, nom: str) -> Profil:
        """Return the profile of a file: that of the first pattern its name answers, else the usual."""
        trouves = (profil for motif, profil in self.profils if fnmatch(nom.lower(), motif.lower()))
        return next(trouves, self.profil)


@dataclass
class FichierRecu:
    """What `raw.fichier` says of a file."""

    entree: FichierEntree
    lues: int = 0
    profil: str = ""
    lecture: FichierOuvert | None = None
    feuille: str | None = None
    classeur: str | None = None
    convertit_baremes: bool = False
    faits: dict[str, str] = field(default_factory=dict[str, str])
    fournies: dict[str, str] = field(default_factory=dict[str, str])
    modele: Modele | None = None


def import_files(
    con: duckdb.DuckDBPyConnection, dossier: Dossier, progress: Avancement | None = None
) -> None:
    """Read every input file of a session into `raw.*`; see that each is accounted for.

    Parameters
    ----------
    con
        Writable connection that may read files.
    dossier
        The session folder.
    progress
        Called along the way with the file's name, rows read in it, files done, files in all.

    Raises
    ------
    MissingInputError
        There is no roster or no marks file at all, or a file changed while they were read.
    ConfigurationError
        The import profile is unknown or faulty.
    """
    import_entries(con, dossier, list_inputs(dossier), progress)
    require_every_file(con, {(entree.nom, entree.sha256) for entree in list_inputs(dossier)})


def import_entries(
    con: duckdb.DuckDBPyConnection,
    dossier: Dossier,
    entrees: Sequence[FichierEntree],
    progress: Avancement | None = None,
) -> None:
    """Read the given files into `raw.*`; see `import_files`."""
    profil = load_profile(dossier.configuration.donnees.profil, dossier)
    create_raw_tables(con)
    with (
        work_folder(dossier.sortie) as temporaire,
        reading_within(dossier.configuration.bornes, temporaire),
    ):
        importation = Importation(
            con,
            dossier.configuration,
            profil,
            tuple(
                (motif, load_profile(nom, dossier))
                for motif, nom in dossier.configuration.donnees.profils.items()
            ),
            load_profile("modele_ccf"),
            _epreuves(dossier),
            temporaire,
        )
        for rang, entree in enumerate(entrees):
            report = _report(progress, entree.nom, rang, len(entrees))
            _import_sheets(importation, entree, report)
    empty_words(con)
    supersede_templates(con)


def read_alone(
    con: duckdb.DuckDBPyConnection,
    entree: FichierEntree,
    profil: Profil,
    epreuves: tuple[str, ...],
    configuration: Configuration | None = None,
) -> None:
    """Read one file into empty `raw.*` with the profile given, for a trial.

    Parameters
    ----------
    con
        Writable connection that may read files; its tables `raw.*` are made again.
    entree
        The file.
    profil
        The import profile.
    epreuves
        Codes that may head a column of a wide file.
    configuration
        The session, for the constants that name it; without one they stay as the profile has them.
    """
    create_raw_tables(con)
    with tempfile.TemporaryDirectory(prefix="perequation-") as temporaire:
        importation = Importation(
            con, configuration, profil, (), load_profile("modele_ccf"), epreuves, Path(temporaire)
        )
        _import_sheets(importation, entree, lambda _: None)
    empty_words(con)


def _epreuves(dossier: Dossier) -> tuple[str, ...]:
    codes = [e.code for reglement in load_reglements(dossier) for e in reglement.epreuves]
    return tuple(dict.fromkeys(codes))


def _report(progress: Avancement | None, nom: str, rang: int, total: int) -> Callable[[int], None]:
    return lambda lues: progress(nom, lues, rang, total) if progress else None


def _import_sheets(
    importation: Importation, entree: FichierEntree, report: Callable[[int], None]
) -> None:
    """Load one file; a workbook's sheets with the same columns follow, each accounted for apart."""
    fiche = _import_file(importation, entree, report)
    _register(importation.con, fiche)
    for feuille in fiche.lecture.feuilles_jointes if fiche.lecture else ():
        suite = replace(entree, nom=f"{entree.nom} [{feuille}]")
        fiche = _import_file(importation, suite, report, feuille)
        fiche.classeur = entree.nom
        _register(importation.con, fiche)


def _import_file(
    importation: Importation,
    entree: FichierEntree,
    report: Callable[[int], None],
    feuille: str | None = None,
) -> FichierRecu:
    """Load one file, or one sheet of it, or say why it can't be; never raises for what it holds."""
    fiche = FichierRecu(entree, feuille=feuille)
    if entree.copie_de is not None:
        return fiche
    with Tampon(importation.temporaire) as tampon:
        try:
            require_reasonable_size(entree.chemin)
            disposition = _open(importation, fiche)
            chargement = _prepare(importation.con, fiche, disposition)
            est_simple = _load_simple(fiche, chargement, tampon)
            if est_simple:
                report(tampon.lues)
            else:
                _read(fiche, disposition, tampon, report)
        except FichierVideError:
            tampon.reject(empty_file())
        except FichierIllisibleError as erreur:
            # Nothing of a file that breaks off is loaded: only its rejected lines count as read.
            tampon.lues = tampon.nb_rejets
            tampon.reject(unreadable(str(erreur)))
        else:
            tampon.flush()
            if not est_simple and tampon.lues > tampon.nb_rejets:
                chargement.load_records(tampon)
        tampon.flush()
        load_rejects(importation.con, entree, tampon)
        fiche.lues = tampon.lues
        fiche.faits = {
            "mots_vides": ", ".join(f"{mot} ({n})" for mot, n in sorted(tampon.vides.items())),
            "pieds": ", ".join(f"ligne {n} « {texte} »" for n, texte in tampon.pieds),
            "invisibles": ", ".join(sorted(tampon.invisibles)),
        }
    return fiche


def _open(importation: Importation, fiche: FichierRecu) -> Disposition:
    """Find out the layout of a file; a CCF template brings its own profile."""
    entree = fiche.entree
    fiche.modele = read_template(entree.chemin) if entree.type_fichier == "notes" else None
    profil = importation.modele_ccf if fiche.modele else importation.profile_of(entree.chemin.name)
    disposition = profil.disposition(entree.type_fichier)
    if fiche.feuille is not None:
        # Its name as it is: brackets mean something in a pattern.
        disposition = disposition.model_copy(update={"feuille": fiche.feuille})
    fiche.profil, fiche.convertit_baremes = profil.nom, disposition.convertir_baremes
    constantes = _constants(disposition, importation.configuration)
    if fiche.modele is not None:
        constantes |= fiche.modele.constantes
    attente = build_attente(entree.type_fichier, disposition, constantes, importation.epreuves)
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
    voulues = epreuves if "*" in disposition.large else disposition.large
    return Attente(TABLES[type_fichier], disposition, frozenset(constantes), tuple(voulues))


def _constants(disposition: Disposition, configuration: Configuration | None) -> dict[str, str]:
    if configuration is None:
        return dict(disposition.constantes)
    remplies = {
        nom: fill_constant(valeur, configuration) for nom, valeur in disposition.constantes.items()
    }
    return {nom: valeur for nom, valeur in remplies.items() if valeur is not None}


def _prepare(
    con: duckdb.DuckDBPyConnection, fiche: FichierRecu, disposition: Disposition
) -> Chargement:
    assert fiche.lecture is not None
    return Chargement(con, fiche.entree, fiche.lecture.entete, disposition, fiche.fournies)


def _load_simple(fiche: FichierRecu, chargement: Chargement, tampon: Tampon) -> bool:
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
    tampon.lues = simple.lignes
    return True


def _read(
    fiche: FichierRecu, disposition: Disposition, tampon: Tampon, report: Callable[[int], None]
) -> None:
    """Read the records of a file; when its header can't do, every one of them is rejected."""
    assert fiche.lecture is not None
    entete = fiche.lecture.entete
    for nom in entete.repetees:
        tampon.reject(repeated_column(entete.ligne, nom))
    for nom in entete.manquantes:
        tampon.reject(missing_column(entete.ligne, nom, entete.libelles))
    echeance = Echeance()
    try:
        for doute in (False, True):
            for lot in fiche.lecture.blocks(disposition.pied, doute=doute):
                if entete.est_complet:
                    tampon.add(lot)
                else:
                    _reject_all(lot, entete, tampon)
                report(tampon.lues)
                echeance.check()
            if doute or not fiche.lecture.must_doubt(tampon.largeurs, tampon.lues):
                break
            tampon.restart()
        tampon.explain()
    except (OSError, UnicodeError) as erreur:
        raise FichierIllisibleError("il ne peut pas être lu jusqu'au bout") from erreur


def _reject_all(lot: Lot, entete: Entete, tampon: Tampon) -> None:
    colonnes = (*entete.manquantes, *entete.repetees)
    tampon.add(Lot(defauts=lot.defauts, lues=lot.lues))
    for bloc in lot.enregistrements:
        for enregistrement in bloc.split("\n"):
            ligne, contenu = enregistrement.split(FIN_CHAMP, 1)
            texte = contenu.replace(FIN_CHAMP, " ; ")
            tampon.reject(unloaded_line(int(ligne), texte, colonnes))


def _register(con: duckdb.DuckDBPyConnection, fiche: FichierRecu) -> None:
    """Write what was found out about a file into `raw.fichier`."""
    entree, lecture, modele = fiche.entree, fiche.lecture, fiche.modele
    ligne: dict[str, object] = {
        "fichier": entree.nom,
        "type_fichier": entree.type_fichier,
        "sha256": entree.sha256,
        "octets": entree.octets,
        "profil": fiche.profil or None,
        "lignes_lues": fiche.lues,
        "unite_compte": "ligne",
        "copie_de": entree.copie_de,
        "convertit_baremes": fiche.convertit_baremes,
        "classeur": fiche.classeur,
        **{nom: texte or None for nom, texte in fiche.faits.items()},
    }
    if lecture is not None:
        ligne |= {
            "encodage": lecture.encodage,
            "separateur": lecture.separateur or None,
            "unite_compte": "cellule" if lecture.entete.epreuves else "ligne",
            "colonnes_ignorees": _list(lecture.entete.supplements),
            "ligne_entete": lecture.entete.ligne,
            "feuille": lecture.feuille,
            "feuilles_ignorees": _list(lecture.feuilles_ignorees),
            "valeurs_fournies": json.dumps(fiche.fournies, ensure_ascii=False)
            if fiche.fournies
            else None,
        }
    if modele is not None:
        ligne |= {
            "modele_uai": modele.uai,
            "modele_specialite": modele.specialite,
            "modele_version": modele.version,
            "modele_conforme": modele.est_conforme,
            "modifie_le": modele.modifie_le,
        }
    noms, marques = ", ".join(ligne), ", ".join("?" * len(ligne))
    con.execute(f"insert into raw.fichier ({noms}) values ({marques})", list(ligne.values()))
    if lecture is not None and lecture.entete.epreuves:
        con.executemany(
            "insert into raw.colonne_epreuve values (?, ?, ?, ?)",
            [
                (
                    entree.nom,
                    code,
                    lecture.entete.libelles[position].strip(),
                    lecture.source.letter(position),
                )
                for code, position in lecture.entete.epreuves.items()
            ],
        )


def _list(noms: Iterable[str]) -> str | None:
    return ", ".join(noms) or None
