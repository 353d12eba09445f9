"""Random input files: what they hold, how they are written, how they are damaged."""

import csv
import io
import random
import re
from collections import Counter
from dataclasses import dataclass, field

COLONNES = (
    "numero_candidat",
    "nom",
    "prenom",
    "specialite",
    "session",
    "academie",
    "uai",
    "statut",
    "forme",
)
BLANCS = " \t\n\u00a0\u202f"
_LETTRES = "abcXYZ éèàç œ’–€ 12,5 -/.'|"
_SPECIAUX = ';,\t"\n'
_SAUTS = {"lf": "\n", "crlf": "\r\n", "cr": "\r", "melange": ""}
_ENCODAGES = ("utf-8", "utf-8-sig", "cp1252", "utf-16")


@dataclass
class FichierAleatoire:
    """A file and what must come out of it.

    Attributes
    ----------
    octets
        Its content.
    attendus
        Line number and values of each record, when the file is not damaged.
    formes
        Shapes it has.
    ecartees
        Lines with more fields than the header, that nothing makes sure of.
    """

    octets: bytes
    attendus: list[tuple[object, ...]]
    formes: Counter[str] = field(default_factory=Counter[str])
    ecartees: list[int] = field(default_factory=list[int])


def make_file(graine: int) -> FichierAleatoire:
    """Make a well-formed file of candidates."""
    tirage = random.Random(graine)
    formes: Counter[str] = Counter()
    separateur = tirage.choice(";,\t")
    guillemets = tirage.choice(["aucun", "minimum", "tous"])
    # Tidy files, as systems write them, are read another way than the others.
    est_regulier = tirage.random() < 0.3
    encodage = tirage.choice(_ENCODAGES[:2] if est_regulier else _ENCODAGES)
    saut = tirage.choice(list(_SAUTS)[:2] if est_regulier else list(_SAUTS))
    formes.update(
        [f"separateur {separateur!r}", f"guillemets {guillemets}", encodage, f"saut {saut}"]
    )
    formes["regulier"] += est_regulier
    extra = tirage.random() < 0.4
    noms = [*COLONNES, *(["Remarque"] if extra else [])]
    if tirage.random() < 0.5:
        tirage.shuffle(noms)
    lignes: list[str] = []
    if tirage.random() < 0.3:
        formes["preambule"] += 1
        lignes += ["Liste des candidats", ""][: tirage.randint(1, 2)]
    lignes.append(_write(noms, separateur, guillemets, tirage))
    attendus: list[tuple[object, ...]] = []
    ecartees: list[int] = []
    numero = len(lignes) + 1
    for i in range(tirage.randint(1, 12)):
        if not est_regulier and tirage.random() < 0.15:
            formes["ligne vide"] += 1
            lignes.append(tirage.choice(["", separateur * (len(noms) - 1), "  "]))
            numero += 1
        valeurs = {nom: _value(tirage, guillemets != "aucun", separateur) for nom in noms}
        if est_regulier:
            valeurs = {nom: re.sub('["\n]', "", valeur) for nom, valeur in valeurs.items()}
            valeurs[noms[0]] = "x" + valeurs[noms[0]]
        # Enough lone accents for Windows-1252 never to pass for UTF-8.
        valeurs["numero_candidat"] = f"{i:04}"
        valeurs["nom"] = ("é" * 40 if i == 0 else "") + valeurs["nom"]
        ligne = _write([valeurs[nom] for nom in noms], separateur, guillemets, tirage)
        est_ecartee = not est_regulier and tirage.random() < 0.15
        if est_ecartee:
            formes["separateurs en trop"] += 1
            ecartees.append(numero)
            ligne += separateur * tirage.randint(1, 3)
        formes["saut dans un champ"] += "\n" in ligne
        formes["separateur dans un champ"] += any(separateur in v for v in valeurs.values())
        formes["guillemet dans un champ"] += any('"' in v for v in valeurs.values())
        formes["blancs autour"] += any(v != v.strip(BLANCS) for v in valeurs.values())
        formes["colonne en plus"] += extra
        if not est_ecartee:
            attendus.append((numero, *(valeurs[nom].strip(BLANCS) or None for nom in COLONNES)))
        lignes.append(ligne)
        numero += 1 + ligne.count("\n")
    texte = _join(lignes, _SAUTS[saut], tirage)
    return FichierAleatoire(texte.encode(encodage), attendus, formes, ecartees)


def _value(tirage: random.Random, cites: bool, separateur: str) -> str:
    alphabet = _LETTRES + (_SPECIAUX if cites and tirage.random() < 0.3 else "")
    if not cites:
        alphabet = alphabet.replace(separateur, "")
    return "".join(tirage.choices(alphabet, k=tirage.randint(0, 8)))


def _write(valeurs: list[str], separateur: str, guillemets: str, tirage: random.Random) -> str:
    if guillemets == "aucun":
        return separateur.join(valeurs)
    sortie = io.StringIO()
    regle = csv.QUOTE_ALL if guillemets == "tous" else csv.QUOTE_MINIMAL
    # The writer quotes newlines only when they are in its own line terminator.
    csv.writer(sortie, delimiter=separateur, quoting=regle, lineterminator="\n").writerow(valeurs)
    return sortie.getvalue().removesuffix("\n")


def _join(lignes: list[str], saut: str, tirage: random.Random) -> str:
    morceaux: list[str] = []
    for ligne in lignes:
        fin = saut or tirage.choice(["\n", "\r\n", "\r"])
        # A lone CR before a blank line written with LF would make one newline of the two.
        if fin == "\n" and ligne == "" and morceaux and morceaux[-1].endswith("\r"):
            fin = "\r\n"
        morceaux.append(ligne + fin)
    texte = "".join(morceaux)
    return texte.rstrip("\r\n") if tirage.random() < 0.3 else texte


_BRUITS = (b'"', b";", b"\n", b"\r", b"\x00", b"\xff", b"\xe9", b"\xc3", b'""', b'";"', b"\x1f")


def damage(fichier: FichierAleatoire, graine: int) -> FichierAleatoire:
    """Damage the bytes of a file."""
    tirage = random.Random(graine)
    octets, formes = bytearray(fichier.octets), Counter(fichier.formes)
    for _ in range(tirage.randint(1, 6)):
        place = tirage.randrange(len(octets) + 1)
        forme = tirage.choice(
            ["insertion", "effacement", "octet change", "troncature", "repetition"]
        )
        formes[f"dommage {forme}"] += 1
        if forme == "insertion":
            octets[place:place] = tirage.choice(_BRUITS)
        elif forme == "effacement":
            del octets[place : place + tirage.randint(1, 20)]
        elif forme == "octet change" and place < len(octets):
            octets[place] = tirage.randrange(256)
        elif forme == "troncature" and tirage.random() < 0.3:
            del octets[place:]
        elif forme == "repetition":
            octets[place:place] = octets[place : place + tirage.randint(1, 300)]
    return FichierAleatoire(bytes(octets), [], formes)
