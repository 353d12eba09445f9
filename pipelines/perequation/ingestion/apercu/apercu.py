"""What would be understood of a file, before importing it: for `perequation apercu FICHIER`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from perequation.ingestion.apercu.codes_rencontres import known_codes
from perequation.ingestion.apercu.essai import Essai, try_file
from perequation.ingestion.apercu.profil_propose import write_codes, write_profile
from perequation.ingestion.apercu.proposition import Proposition, propose
from perequation.ingestion.apercu.session_essayee import session_of
from perequation.ingestion.fichiers import is_read
from perequation.ingestion.lecture.disposition_lue import (
    FichierIllisibleError,
    FichierOuvert,
    FichierVideError,
)
from perequation.ingestion.lecture.echelle import fold
from perequation.ingestion.lecture.entete import Attente
from perequation.ingestion.lecture.lecture import open_as, open_file
from perequation.ingestion.lecture.modele_rempli import Modele, read_template
from perequation.ingestion.profils import (
    SEPARATEURS,
    Disposition,
    Profil,
    load_profile,
    shipped_profiles,
)
from perequation.socle.configuration import Configuration
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import MissingInputError
from perequation.socle.schema import TABLES, Table

_LIGNES_MONTREES = 5
# Beyond, reading it all is no glance: only its first lines are looked at, and that is said.
_OCTETS_LUS = 100 << 20
# Fewer columns recognised say nothing of the kind of a file.
_COLONNES_MINIMALES = 2
_RIEN_DE_RECONNU = (
    "presque aucune colonne n'y est reconnue, ni par son libellé ni par son contenu ; dites de quelle "
    "sorte de fichier il s'agit (--type), ou vérifiez que c'est bien un tableau"
)
_USUELLES = {"mode": "PONCTUEL", "statut": "SCOLAIRE", "forme": "GLOBALE", "decision": "ADMIS"}
# Words of labels that name a person: no list of establishments nor of decisions has them.
_MOTS_DE_PERSONNE = frozenset(
    {"candidat", "candidate", "eleve", "prenom", "prenoms", "naissance", "ine", "matricule", "ne"}
)


@dataclass(frozen=True)
class Apercu:
    """What a file was understood as.

    Attributes
    ----------
    fichier
        Its name.
    probleme
        Why it can't be read at all, None otherwise; the rest is then empty.
    type_fichier, profil
        The kind of file, and the import profile that fits best; an empty text when none does, and
        the profile proposed is used.
    est_a_nommer
        Whether the session must be told to use that profile.
    modele
        What a CCF template says of itself.
    encodage, separateur, feuille
        How it is written; a workbook has a sheet and no separator.
    ligne_entete
        Physical line of the header, from 1.
    colonnes
        Columns found: our name, and the label in the file.
    devinees
        Those of them that no profile declares: likely, to be checked.
    epreuves
        In a wide file, épreuves that have a column.
    fournies
        Columns the profile gives a value to.
    manquantes, repetees
        Required columns that are not there, columns that are there twice: the file would block.
    ignorees
        Labels kept aside.
    feuilles_ignorees
        Other sheets that are not empty.
    premieres
        First data rows: line number and fields, in the order of the file.
    lignes_examinees
        Lines looked at, when the file was not read whole.
    essai
        What importing it gave; None when it was too large.
    profil_propose
        A TOML profile, when the declared ones don't do, or leave codes to say.
    """

    fichier: str
    probleme: str | None = None
    type_fichier: str = ""
    profil: str = ""
    est_a_nommer: bool = False
    modele: Modele | None = None
    encodage: str = ""
    separateur: str = ""
    feuille: str | None = None
    ligne_entete: int = 0
    colonnes: tuple[tuple[str, str], ...] = ()
    devinees: tuple[str, ...] = ()
    epreuves: tuple[str, ...] = ()
    fournies: tuple[str, ...] = ()
    manquantes: tuple[str, ...] = ()
    repetees: tuple[str, ...] = ()
    ignorees: tuple[str, ...] = ()
    feuilles_ignorees: tuple[str, ...] = ()
    premieres: tuple[tuple[int, tuple[str, ...]], ...] = ()
    lignes_examinees: int = 0
    essai: Essai | None = None
    profil_propose: str = ""


def preview(
    chemin: Path, dossier: Dossier | None = None, type_fichier: str | None = None
) -> Apercu:
    """Import a file for a trial, without changing anything in the session folder.

    Parameters
    ----------
    chemin
        The file, anywhere.
    dossier
        A session folder, whose own import profiles and codes are tried too.
    type_fichier
        One of the tables of `schema.TABLES`; when absent, what the session's patterns say of its
        name (see `kinds_of`), else the one that fits best.

    Returns
    -------
    Apercu
        What was understood.

    Raises
    ------
    MissingInputError
        There is no such file.
    """
    if not chemin.is_file():
        raise MissingInputError(f"Le fichier « {chemin} » n'existe pas.")
    try:
        return _Examen(chemin, dossier, type_fichier).run()
    except FichierVideError:
        return Apercu(chemin.name, probleme="le fichier est vide")
    except FichierIllisibleError as erreur:
        return Apercu(chemin.name, probleme=str(erreur))


def kinds_of(chemin: Path, dossier: Dossier) -> tuple[str, ...]:
    """Return the kinds a session reads a file as, by its patterns; none outside its folder.

    One workbook may be both the roster and the marks.
    """
    try:
        nom = chemin.resolve().relative_to(dossier.racine.resolve()).as_posix()
    except ValueError:
        return ()
    return tuple(sorte for sorte in TABLES if is_read(dossier, sorte, nom))


@dataclass(frozen=True)
class _Lu:
    """One way to read the file."""

    profil: Profil
    table: Table
    lecture: FichierOuvert

    @property
    def est_complet(self) -> bool:
        """Whether the file could be loaded that way."""
        return self.lecture.entete.est_complet

    @property
    def rang(self) -> tuple[int, int, int]:
        """Required columns really there against missing ones, then the rest."""
        entete = self.lecture.entete
        presentes = sum(nom in entete.positions for nom in self.table.obligatoires)
        presentes += 2 * bool(entete.epreuves)
        return (
            presentes - 2 * len(entete.manquantes),
            len(entete.positions),
            -len(entete.supplements),
        )


class _Examen:
    """The examination of one file."""

    def __init__(self, chemin: Path, dossier: Dossier | None, type_fichier: str | None) -> None:
        self._chemin = chemin
        self._dossier = dossier
        self._modele = read_template(chemin)
        # A template is one of marks, filled or not.
        dite = "notes" if self._modele else type_fichier
        dites = (dite,) if dite else kinds_of(chemin, dossier) if dossier else ()
        self._est_dite = bool(dites)
        self._tables = [table for table in TABLES.values() if not dites or table.nom in dites]
        self._connus = known_codes(dossier)

    def run(self) -> Apercu:
        profils = self._profiles()
        couples = [(profil, table) for profil in profils for table in self._tables]
        lectures = open_as(self._chemin, [self._attente(p, t) for p, t in couples])
        lus = [_Lu(p, t, x) for (p, t), x in zip(couples, lectures, strict=True)]
        possibles = [lu for lu in lus if self._may_be(lu.table, lu.lecture.entete.libelles, lu)]
        # The session's profile is the one the import uses: another counts where it can't do.
        lu = max(
            possibles or lus,
            key=lambda essai: (
                (essai.est_complet, essai.profil is profils[0], essai.rang)
                if essai.est_complet
                else (False, False, essai.rang)
            ),
        )
        if lu.est_complet:
            apercu = replace(self._describe(lu), est_a_nommer=lu.profil is not profils[0])
            essai = self._try(lu)
            codes = write_codes(lu.table.nom, lu.profil.nom, _unknown(essai))
            return replace(apercu, essai=essai, profil_propose=codes)
        return self._with_proposal(lu)

    def _may_be(self, table: Table, libelles: Sequence[str], lu: _Lu | None = None) -> bool:
        """Tell whether a file may be of a kind: one that names persons lists no establishments."""
        if self._est_dite or any(c.nom == "numero_candidat" for c in table.colonnes):
            return True
        words = {word for libelle in libelles for word in fold(libelle).split("_")}
        if words & _MOTS_DE_PERSONNE:
            return False
        position = (
            lu.lecture.entete.positions.get("uai") if lu and table.nom == "etablissements" else None
        )
        if lu is None or position is None:
            return True
        uais = [champs[position] for _, champs in _first_rows(lu.lecture) if position < len(champs)]
        return len(set(uais)) == len(uais)

    def _profiles(self) -> list[Profil]:
        """Return the profiles to try; the first one is what the session would use."""
        if self._modele is not None:
            return [load_profile("modele_ccf")]
        livres = [nom for nom in shipped_profiles() if nom != "modele_ccf"]
        noms = sorted(livres, key=lambda nom: nom != "perequation")
        if self._dossier is not None:
            propres = sorted(p.stem for p in (self._dossier.racine / "profils").glob("*.toml"))
            noms = [self._usual_profile(self._dossier.configuration), *propres, *noms]
        return [load_profile(nom, self._dossier) for nom in dict.fromkeys(noms)]

    def _usual_profile(self, configuration: Configuration) -> str:
        """Return the name of the profile the session reads that file with."""
        nom = self._chemin.name.lower()
        profils = configuration.donnees.profils.items()
        found = (profil for motif, profil in profils if fnmatch(nom, motif.lower()))
        return next(found, configuration.donnees.profil)

    def _attente(self, profil: Profil, table: Table) -> Attente:
        disposition = profil.disposition(table.nom)
        toutes = tuple(sorted(self._connus["epreuve"]))
        larges = toutes if "*" in disposition.large else disposition.large
        donnees = {*disposition.constantes, *(self._modele.constantes if self._modele else ())}
        return Attente(table, disposition, frozenset(donnees), larges)

    def _try(self, lu: _Lu) -> Essai | None:
        """Import the file, unless it is too large; a constant is no code met in it."""
        if self._chemin.stat().st_size > _OCTETS_LUS:
            return None
        with session_of(self._dossier, lu.lecture) as session:
            essai = try_file(self._chemin, lu.table.nom, lu.profil, self._connus, session)
        entete = lu.lecture.entete
        lues = {*entete.positions, *(("epreuve", "note") if entete.epreuves else ())}
        return replace(essai, codes=tuple(c for c in essai.codes if c.colonne in lues))

    def _describe(self, lu: _Lu) -> Apercu:
        lecture, entete = lu.lecture, lu.lecture.entete
        constantes = lu.profil.disposition(lu.table.nom).constantes
        fournies = {**constantes, **lecture.preambule}
        if self._modele is not None:
            fournies |= self._modele.constantes
        return Apercu(
            fichier=self._chemin.name,
            type_fichier=lu.table.nom,
            profil=lu.profil.nom,
            modele=self._modele,
            encodage=lecture.encodage,
            separateur=SEPARATEURS.get(lecture.separateur, ""),
            feuille=lecture.feuille,
            ligne_entete=entete.ligne,
            colonnes=tuple((nom, entete.libelles[i]) for nom, i in entete.positions.items()),
            epreuves=tuple(entete.epreuves),
            fournies=tuple(f"{n} = {v}" for n, v in fournies.items() if n not in entete.positions),
            manquantes=entete.manquantes,
            repetees=entete.repetees,
            ignorees=tuple(entete.supplements),
            feuilles_ignorees=lecture.feuilles_ignorees,
            premieres=tuple(_first_rows(lecture))[:_LIGNES_MONTREES],
            lignes_examinees=lecture.debut[-1][0] if lecture.debut else 0,
        )

    # ------------------------------------------------------------------------ proposal

    def _with_proposal(self, lu: _Lu) -> Apercu:
        """Describe a file no declared profile reads, with the profile that would."""
        found = max(self._proposals(), key=lambda essai: essai[0].rang, default=None)
        known = len(lu.lecture.entete.positions) + len(lu.lecture.entete.epreuves)
        trouvees = known if found is None else max(known, found[0].nb_reconnues)
        if not self._est_dite and trouvees < _COLONNES_MINIMALES:
            return Apercu(self._chemin.name, probleme=_RIEN_DE_RECONNU)
        if found is None or lu.lecture.entete.repetees:
            return self._describe(lu)
        proposition, precisions = found
        propose_ = self._as_read(proposition, precisions)
        sans_precision = self._as_read(proposition, {})
        if sans_precision.lecture.entete == propose_.lecture.entete:
            propose_, precisions = sans_precision, {}
        apercu = replace(
            self._describe(propose_),
            profil="",
            est_a_nommer=True,
            devinees=tuple(proposition.colonnes),
            manquantes=proposition.manquantes,
        )
        essai = self._try(propose_)
        # What is missing is supposed, to meet the codes all the same.
        complete = self._try(_filled(propose_)) if proposition.manquantes else essai
        if essai and complete:
            essai = replace(essai, codes=complete.codes, nb_autres=complete.nb_autres)
        text = write_profile(self._chemin.name, proposition, precisions, _unknown(complete))
        return replace(apercu, essai=essai, profil_propose=text)

    def _proposals(self) -> Iterator[tuple[Proposition, dict[str, int | str]]]:
        """Yield the best proposition of each kind, for each separator or sheet."""
        base = self._profiles()[0]
        formes = self._shapes()
        neutres = [
            Attente(self._tables[0], Disposition.model_validate(forme), frozenset())
            for forme in formes
        ]
        for forme, lecture in zip(formes, open_as(self._chemin, neutres), strict=True):
            for table in self._tables:
                disposition = base.disposition(table.nom)
                proposition = propose(table, disposition, lecture.debut, self._connus)
                libelles = next(
                    (c for n, c in lecture.debut if proposition and n == proposition.ligne), ()
                )
                if proposition is not None and self._may_be(table, libelles):
                    yield proposition, {"entete": proposition.ligne, **forme}

    def _shapes(self) -> list[dict[str, str]]:
        """Return what may be told apart before any header is known: separator, or sheet."""
        lecture = open_file(self._chemin, Attente(self._tables[0], Disposition(), frozenset()))
        if lecture.feuille is None:
            return [{"separateur": separateur} for separateur in SEPARATEURS]
        return [{"feuille": nom} for nom in (lecture.feuille, *lecture.feuilles_ignorees)]

    def _as_read(self, proposition: Proposition, precisions: dict[str, int | str]) -> _Lu:
        """Read the file with the profile proposed."""
        table = proposition.table
        sans = {"entete": None, "separateur": None, "feuille": None}
        disposition = proposition.disposition.model_copy(update={**sans, **precisions})
        profil = self._profiles()[0].model_copy(update={table.nom: disposition, "nom": ""})
        return _Lu(profil, table, open_file(self._chemin, self._attente(profil, table)))


def _unknown(essai: Essai | None) -> list[tuple[str, str]]:
    """Return the codes nobody understands, column and value."""
    return [
        (code.colonne, code.valeur)
        for code in (essai.codes if essai else ())
        if not code.est_compris and code.colonne not in {"date", "decalage"}
    ]


def _filled(lu: _Lu) -> _Lu:
    """Give a usual value to what is missing."""
    disposition = lu.profil.disposition(lu.table.nom)
    donnees = {nom: _USUELLES.get(nom, "?") for nom in lu.lecture.entete.manquantes}
    complete = disposition.model_copy(update={"constantes": disposition.constantes | donnees})
    return replace(lu, profil=lu.profil.model_copy(update={lu.table.nom: complete}))


def _first_rows(lecture: FichierOuvert) -> Iterator[tuple[int, tuple[str, ...]]]:
    for ligne, champs in lecture.debut:
        if ligne > lecture.entete.ligne and any(c.strip() for c in champs):
            yield ligne, champs
