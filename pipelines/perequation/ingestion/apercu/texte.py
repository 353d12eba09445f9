"""`perequation apercu`: what a file would be understood as, in French, on one screen."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from textwrap import wrap

from perequation.ingestion import Apercu, Essai
from perequation.socle.formats import format_count, format_integer, free_spaces

_LARGEUR = 24
_LIGNE = 100
# Of each part, what fits a screen with the others.
_LIGNES_DE_COLONNES = 4
_LIGNES_DE_CODES = 6
_MOTIFS = 4


def describe_preview(apercu: Apercu) -> Iterator[str]:
    """Yield what a file was understood as, line by line: form, columns, codes, rows, outcome."""
    if apercu.probleme:
        yield f"{apercu.fichier} : {apercu.probleme}."
        return
    profil = f"profil d'import « {apercu.profil} »" if apercu.profil else "profil proposé plus bas"
    yield f"{apercu.fichier} : {apercu.type_fichier}, {profil}"
    if apercu.modele:
        m = apercu.modele
        yield f"Modèle   : CCF {m.specialite} {m.session}, {m.uai}, version {m.version}"
    yield f"Forme    : {_form(apercu)}"
    if apercu.feuilles_ignorees:
        yield from _paragraph("Feuilles non lues", apercu.feuilles_ignorees, 1)
    yield from _columns(apercu)
    if apercu.essai:
        yield from _codes(apercu.essai)
    yield from _rows(apercu)
    yield from _verdict(apercu)


def _form(apercu: Apercu) -> str:
    forme = (
        f"classeur, feuille « {apercu.feuille} »"
        if apercu.feuille
        else f"texte {apercu.encodage}, séparateur {apercu.separateur}"
    )
    return f"{forme}, en-tête en ligne {apercu.ligne_entete}"


def _columns(apercu: Apercu) -> Iterator[str]:
    dites = [
        nom
        + (f" « {_cut(libelle)} »" if libelle.strip() != nom else "")
        + (" (deviné : à vérifier)" if nom in apercu.devinees else "")
        for nom, libelle in apercu.colonnes
    ]
    yield from _paragraph("Colonnes reconnues", dites)
    if apercu.epreuves:
        yield from _paragraph("Une colonne de notes par épreuve", apercu.epreuves, 1)
    if apercu.fournies:
        yield from _paragraph("Donné par le profil", apercu.fournies, 2)
    if apercu.ignorees:
        yield from _paragraph("Sans emploi, gardé à part", map(_cut, apercu.ignorees), 2)


def _paragraph(
    titre: str, texts: Iterable[str], lignes: int = _LIGNES_DE_COLONNES
) -> Iterator[str]:
    """Yield a list on a few lines; what doesn't fit is counted."""
    items = list(texts)
    for montres in range(len(items), -1, -1):
        rest = len(items) - montres
        end = [f"et {format_count(rest, 'autre')}"] if rest else []
        text = f"{titre} : {', '.join([*items[:montres], *end])}"
        coupees = wrap(text, _LIGNE, subsequent_indent="  ", break_on_hyphens=False)
        if len(coupees) <= lignes:
            yield from coupees
            return


def _codes(essai: Essai) -> Iterator[str]:
    if not essai.codes:
        return
    yield "Codes rencontrés (nombre de lignes)"
    lignes: list[str] = []
    for colonne, codes in groupby(essai.codes, key=lambda code: code.colonne):
        # Those nobody understands first: they are what is left to say.
        tries = sorted(codes, key=lambda code: code.est_compris)
        texts = [
            f"{_cut(c.valeur)} ({format_integer(c.nombre)}{'' if c.est_compris else ', NON COMPRIS'})"
            for c in tries
        ]
        others = essai.nb_autres.get(colonne)
        texts += [f"et {format_count(others, 'autre')}"] if others else []
        lignes.append(_shorten(f"  {colonne:<15} {', '.join(texts)}"))
    yield from lignes[:_LIGNES_DE_CODES]


def _rows(apercu: Apercu) -> Iterator[str]:
    if not apercu.premieres:
        return
    yield "Premières lignes"
    for ligne, champs in apercu.premieres:
        yield _shorten(f"  {ligne:>4}  {' | '.join(_cut(champ) for champ in champs)}")


def _cut(champ: str) -> str:
    plat = " ".join(champ.split())
    return plat if len(plat) <= _LARGEUR else plat[: _LARGEUR - 1] + "…"


def _shorten(ligne: str) -> str:
    return ligne if len(ligne) <= _LIGNE else ligne[: _LIGNE - 1] + "…"


def _verdict(apercu: Apercu) -> Iterator[str]:
    if apercu.manquantes:
        yield f"Colonnes obligatoires absentes : {', '.join(apercu.manquantes)}"
    if apercu.repetees:
        yield f"Colonnes présentes deux fois : {', '.join(apercu.repetees)}"
    if apercu.essai:
        yield from _outcome(apercu, apercu.essai)
    yield from wrap(_conclusion(apercu), _LIGNE)
    if apercu.profil_propose:
        titre = "Codes à compléter dans un profil d'import (profils/maison.toml) :"
        if not apercu.profil:
            etat = "à compléter" if apercu.manquantes else "proposé"
            titre = f"Profil d'import {etat} :"
        yield from (titre, "", *apercu.profil_propose.splitlines())


def _outcome(apercu: Apercu, essai: Essai) -> Iterator[str]:
    """Say what the import did with the file: counts, rejects, what blocks, what it tells."""
    unite = "note" if apercu.epreuves else "ligne"
    yield free_spaces(
        f"Essai    : {format_count(essai.lues, unite)}, {format_count(essai.chargees, 'chargée')}, "
        f"{format_count(essai.rejetees, 'rejetée')}"
        + (f" (sans --dossier : {essai.suppose})" if essai.suppose else "")
    )
    for motif in essai.rejets[:_MOTIFS]:
        count = format_integer(motif.nombre) if motif.nombre else "-"
        yield from _told(f"{count:>5} {motif.regle}", motif.exemple)
    if len(essai.rejets) > _MOTIFS:
        yield f"  et {format_count(len(essai.rejets) - _MOTIFS, 'autre motif', 'autres motifs')}"
    for text in essai.blocages[:_MOTIFS]:
        yield from _told("bloque", text)
    for text in essai.dits[:_MOTIFS]:
        yield from _told("à savoir", text)


def _told(titre: str, texte: str) -> Iterator[str]:
    """Yield a sentence on two lines at most."""
    yield from wrap(
        f"  {titre} : {texte}",
        _LIGNE,
        subsequent_indent="    ",
        max_lines=2,
        placeholder="…",
        break_on_hyphens=False,
    )


def _conclusion(apercu: Apercu) -> str:
    essai = apercu.essai
    if apercu.manquantes or apercu.repetees:
        return "Tel quel, ce fichier bloquerait l'import."
    if essai is None:
        return (
            f"Fichier trop grand pour un essai : seules les {apercu.lignes_examinees} premières "
            "lignes ont été regardées."
        )
    if not apercu.profil:
        start = "Tel quel, ce fichier bloquerait l'import ; avec le profil proposé, "
    elif apercu.est_a_nommer:
        start = f'Avec [donnees] profil = "{apercu.profil}" dans session.toml, '
    else:
        start = "Tel quel, "
    return start + _promise(essai)


def _promise(essai: Essai) -> str:
    if essai.blocages:
        return "l'import serait bloqué : rien ne serait publié."
    if essai.rejetees:
        return f"il s'importe, sauf {format_count(essai.rejetees, 'ligne rejetée', 'lignes rejetées')}."
    return "ce fichier s'importe en entier."
