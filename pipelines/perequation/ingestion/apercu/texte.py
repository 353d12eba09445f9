"""`perequation apercu`: what a file would be understood as, in French."""

from collections.abc import Iterator
from itertools import groupby

from perequation.ingestion import Apercu, Essai
from perequation.socle.formats import format_count, format_integer

_LARGEUR = 24


def describe_preview(apercu: Apercu) -> Iterator[str]:
    """Yield what a file was understood as, line by line: form, columns, codes, first rows."""
    if apercu.probleme:
        yield f"{apercu.fichier} : {apercu.probleme}."
        return
    profil = f"profil d'import « {apercu.profil} »" if apercu.profil else "profil proposé plus bas"
    yield f"{apercu.fichier} : {apercu.type_fichier}, {profil}"
    if apercu.modele:
        m = apercu.modele
        yield f"Modèle   : CCF {m.specialite} {m.session}, {m.uai}, version {m.version}"
    yield f"Forme    : {_form(apercu)}"
    yield f"En-tête  : ligne {apercu.ligne_entete}"
    yield f"Lignes   : {_extent(apercu)}"
    if apercu.feuilles_ignorees:
        yield f"Feuilles ignorées : {', '.join(apercu.feuilles_ignorees)}"
    yield from _columns(apercu)
    if apercu.essai:
        yield from _codes(apercu.essai)
    yield from _rows(apercu)
    yield from _verdict(apercu)


def _form(apercu: Apercu) -> str:
    if apercu.feuille:
        return f"classeur, feuille « {apercu.feuille} »"
    return f"texte {apercu.encodage}, séparateur {apercu.separateur}"


def _extent(apercu: Apercu) -> str:
    """Say how much of the file was looked at."""
    essai = apercu.essai
    if essai is None:
        return f"les {apercu.lignes_examinees} premières lignes du fichier seulement"
    unite = "note" if apercu.epreuves else "ligne"
    texte = f"fichier lu en entier, {format_count(essai.lues, unite)}"
    if essai.illisibles:
        regles = ", ".join(f"{regle} : {format_integer(n)}" for regle, n in essai.illisibles)
        texte += f", dont illisibles {format_integer(essai.lues - essai.chargees)} ({regles})"
    return texte


def _columns(apercu: Apercu) -> Iterator[str]:
    yield ""
    yield "Colonnes reconnues"
    for nom, libelle in apercu.colonnes:
        reserve = "  (deviné : à vérifier)" if nom in apercu.devinees else ""
        yield f"  {nom:<16} « {libelle} »{reserve}"
    if apercu.epreuves:
        yield f"  une colonne de notes par épreuve : {', '.join(apercu.epreuves)}"
    yield from (f"  {texte} (donné par le profil)" for texte in apercu.fournies)
    if apercu.ignorees:
        yield f"Colonnes sans emploi, gardées à part : {', '.join(apercu.ignorees)}"


def _codes(essai: Essai) -> Iterator[str]:
    if not essai.codes:
        return
    yield ""
    yield "Codes rencontrés dans tout le fichier (nombre de lignes)"
    for colonne, codes in groupby(essai.codes, key=lambda code: code.colonne):
        textes = [
            f"{_cut(c.valeur)} ({format_integer(c.nombre)}{'' if c.est_compris else ', NON COMPRIS'})"
            for c in codes
        ]
        autres = essai.nb_autres.get(colonne)
        suite = f" et {format_count(autres, 'autre')}" if autres else ""
        yield f"  {colonne:<16} {', '.join(textes)}{suite}"


def _rows(apercu: Apercu) -> Iterator[str]:
    if not apercu.premieres:
        return
    yield ""
    yield "Premières lignes"
    for ligne, champs in apercu.premieres:
        yield f"  {ligne:>5}  {' | '.join(_cut(champ) for champ in champs)}"


def _cut(champ: str) -> str:
    plat = " ".join(champ.split())
    return plat if len(plat) <= _LARGEUR else plat[: _LARGEUR - 1] + "…"


def _verdict(apercu: Apercu) -> Iterator[str]:
    yield ""
    if apercu.manquantes:
        yield f"Colonnes obligatoires absentes : {', '.join(apercu.manquantes)}"
    if apercu.repetees:
        yield f"Colonnes présentes deux fois : {', '.join(apercu.repetees)}"
    yield _outcome(apercu)
    if apercu.profil_propose:
        yield "Profil d'import à compléter :" if apercu.manquantes else "Profil d'import proposé :"
        yield ""
        yield apercu.profil_propose.rstrip("\n")


def _outcome(apercu: Apercu) -> str:
    if apercu.manquantes or apercu.repetees:
        return "Tel quel, ce fichier bloquerait l'import."
    if apercu.profil_propose:
        return (
            "Tel quel, ce fichier bloquerait l'import ; avec le profil proposé, il a été relu et "
            "s'importe."
        )
    if apercu.est_a_nommer:
        return (
            f'Ce fichier peut être importé avec [donnees] profil = "{apercu.profil}" dans '
            "session.toml."
        )
    return "Ce fichier peut être importé tel quel."
