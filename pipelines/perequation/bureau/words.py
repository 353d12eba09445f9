"""What the commands say, for who sees buttons: a command named becomes the button that does it."""

import re
from collections.abc import Iterable, Iterator

_BUTTONS = (
    (r"decisions preparer", "« Préparer le classeur » (onglet Réunion)"),
    (r"decisions verifier", "« Enregistrer les décisions » (onglet Réunion)"),
    (r"decisions appliquer[^.»]*--relu-par « Nom »", "« Signer et classer » (onglet Réunion)"),
    (r"decisions appliquer", "« Proposer les notes » (onglet Réunion)"),
    (r"decisions compte-rendu", "« Éditer le compte rendu » (onglet Réunion)"),
    (r"jury preparer", "« Préparer les fichiers » (onglet Jury)"),
    (r"jury verifier", "« Enregistrer les décisions » (onglet Jury)"),
    (r"jury proces-verbal", "« Éditer le procès-verbal » (onglet Jury)"),
    (r"modele-ccf", "« Fabriquer les modèles » (onglet CCF)"),
    (r"modele-controle", "« Fabriquer les modèles de notes » (onglet Contrôle)"),
    (r"suivi-ccf", "l’onglet CCF"),
    (r"retour", "« Écrire les fiches de retour » (onglet CCF)"),
    (r"editer", "« Éditer » (onglet Résultats)"),
    (r"(?:executer|importer|controler|calculer)", "« Calculer la session »"),
    (r"reglement afficher [A-Z]+(?: --session \d+)?", "son tableau, dans l’onglet Réglages"),
    (r"etat", "la liste des sessions"),
    (r"init", "« Créer une session »"),
)
_NAMED = re.compile(r" \(perequation executer DOSSIER --pret \w+ les? nomme\)")
_RULE = re.compile(r" \(règle \w+\)")
_BOX = "cochez « J’ai vérifié les coefficients » dans les réglages"
# A fault of the file, where the page has a list to choose from.
_LIVRET = (
    "livret_examine = O (ou AUCUN, pas de livret fourni)",
    "« Livret examiné : oui » (ou « aucun fourni »)",
)
_COMMANDS = [
    (
        re.compile(rf"perequation {pattern}(?: DOSSIER| /\S+| FICHIER)*(?:\s--[\w-]+(?: \w+)?)*"),
        said,
    )
    for pattern, said in _BUTTONS
]
_NEXT = re.compile(r"^(Ensuite|Relisez-les, signez, puis) : perequation ")


def tell(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines of the commands for the page: what comes next is said by the page itself."""
    for line in lines:
        if not _NEXT.match(line):
            yield tell_one(line)


def tell_one(line: str) -> str:
    """Return a line of the commands with buttons in place of commands."""
    line = _RULE.sub("", _NAMED.sub("", line))  # the page names them, and knows no rule's code
    for pattern, said in _COMMANDS:
        line = pattern.sub(said, line)
    # The sentence of an unconfirmed règlement names the key: the form has a box.
    line = line.replace("écrivez session.coefficients_confirmes = true", _BOX)
    line = re.sub(r"(?:decisions|jury) verifier --corriger", "cochez « Ce fichier corrige… »", line)
    line = line.replace(*_LIVRET)
    line = line.replace("(--type)", "(liste « Sorte de fichier »)")
    return re.sub(r"--remplacer\b", "cochez « Refaire »", line)
