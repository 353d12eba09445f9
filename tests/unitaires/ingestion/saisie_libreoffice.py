"""Type into a workbook with LibreOffice, as a person would, and save it.

Run by a Python that has LibreOffice's `uno` module, which is rarely the tests' own. Reads plans as
JSON on its standard input, one a line, and writes what it saw as JSON on its standard output, one line
for each as soon as it is done:

    {"classeur": path, "feuille": name, "profil": empty folder, "deproteger": bool,
     "saisies": [[cell, text], ...], "collages": [[cell, text], ...], "sorties": [path, ...]}

What is typed goes through the keyboard's way: French decimal comma, locked cells. LibreOffice
checks validity in its dialog only, so that here it is asked which cells are invalid, and what it
finds invalid is erased as its dialog would. What is pasted is not checked, there as here.
"""

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import uno
from com.sun.star.connection import NoConnectException

FILTRES = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8"}
FRANCAIS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>fr-FR</value></prop></item>
</oor:items>"""


def value(nom, valeur):
    propriete = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    propriete.Name, propriete.Value = nom, valeur
    return propriete


@contextmanager
def office(profil: Path):
    """Start a French LibreOffice of our own, without a window, and stop it."""
    (profil / "user").mkdir(parents=True)
    (profil / "user" / "registrymodifications.xcu").write_text(FRANCAIS, encoding="utf-8")
    tuyau = f"pipe,name=perequation{profil.stat().st_ino}"
    processus = subprocess.Popen(
        [
            "soffice",
            f"-env:UserInstallation={profil.as_uri()}",
            "--headless",
            "--norestore",
            "--nologo",
            f"--accept={tuyau};urp",
        ]
    )
    try:
        contexte = connect(f"uno:{tuyau};urp;StarOffice.ComponentContext")
        gestionnaire = contexte.ServiceManager
        bureau = gestionnaire.createInstanceWithContext("com.sun.star.frame.Desktop", contexte)
        commandes = gestionnaire.createInstanceWithContext(
            "com.sun.star.frame.DispatchHelper", contexte
        )
        yield bureau, commandes
        bureau.terminate()
        processus.wait(timeout=30)
    finally:
        processus.kill()


def connect(adresse: str):
    local = uno.getComponentContext()
    resolveur = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    for _ in range(200):
        try:
            return resolveur.resolve(adresse)
        except NoConnectException:
            time.sleep(0.2)
    raise TimeoutError("LibreOffice did not start")


def type_in(document, commandes, feuille, cellule: str, texte: str) -> dict[str, object]:
    cadre = document.CurrentController.Frame
    commandes.executeDispatch(cadre, ".uno:GoToCell", "", 0, (value("ToPoint", cellule),))
    commandes.executeDispatch(cadre, ".uno:EnterString", "", 0, (value("StringName", texte),))
    est_refusee = feuille.showInvalid()
    feuille.clearArrows()
    case = feuille.getCellRangeByName(cellule)
    vu = {"texte": case.String, "nature": case.Type.value, "refusee": est_refusee}
    if est_refusee:
        case.setString("")
    return vu


def fill(bureau, commandes, plan) -> dict[str, object]:
    classeur = Path(plan["classeur"]).as_uri()
    document = bureau.loadComponentFromURL(classeur, "_blank", 0, ())
    feuille = document.Sheets.getByName(plan["feuille"])
    document.CurrentController.setActiveSheet(feuille)
    if plan.get("deproteger"):
        feuille.unprotect("")
    vu = {
        "protegee": feuille.isProtected(),
        "saisies": [
            type_in(document, commandes, feuille, cellule, texte)
            for cellule, texte in plan["saisies"]
        ],
    }
    for cellule, texte in plan.get("collages", ()):
        feuille.getCellRangeByName(cellule).FormulaLocal = texte
    for sortie in map(Path, plan["sorties"]):
        document.storeToURL(sortie.as_uri(), (value("FilterName", FILTRES[sortie.suffix]),))
    document.close(True)
    return vu


def main() -> None:
    premier = json.loads(sys.stdin.readline())
    with office(Path(premier["profil"])) as (bureau, commandes):
        plan = premier
        while plan:
            print(json.dumps(fill(bureau, commandes, plan)), flush=True)
            ligne = sys.stdin.readline()
            plan = json.loads(ligne) if ligne.strip() else None


if __name__ == "__main__":
    main()
