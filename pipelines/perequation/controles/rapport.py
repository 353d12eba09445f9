"""The tables of the quality report: what is missing, what fails, what is to be corrected."""

from collections.abc import Mapping

import polars as pl

from perequation.controles.mots import in_words
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, fold, paragraph, stack
from perequation.socle import formats

MAXIMUM = 200

_GRAVITES = ("critique", "avertissement", "info")

COMPLETUDE = {
    "attendues": "Attendues",
    "recues": "Reçues",
    "manquantes": "Manquantes",
    "rejetees": "dont rejetées",
    "provisoires": "Provisoires",
    "epreuves": "Épreuves concernées",
}

_RECEPTIONS = {"rien": "Rien de reçu", "incomplet": "Incomplet", "complet": "Complet"}

_CCF = {
    "nb_attendues": "Attendues",
    "nb_recues": "Reçues",
    "nb_rejetees": "Rejetées",
    "remarque": "Remarque",
    "specialite": "Spécialité",
    "uai": "UAI",
    "etablissement": "Établissement",
}

_COUNTS = ("attendues", "recues", "manquantes", "rejetees", "provisoires", "constates", "nb")


def missing_table(rows: pl.DataFrame, by: str, limit: int | None = None) -> Fragment:
    """Return what is missing by `etablissement` or by `epreuve`, the most missing first."""
    name = {"etablissement": "Établissement", "epreuve": "Épreuve"}[by]
    shown = rows.filter(pl.col("manquantes") > 0).sort("manquantes", by, descending=[True, False])
    columns = [by, "attendues", "recues", "manquantes", "rejetees", "provisoires"]
    return table(
        shown,
        [*columns, "epreuves"] if by == "etablissement" else columns,
        identifier=f"manquantes-{by}",
        caption=f"Notes obligatoires manquantes, par {name.lower()}",
        labels=COMPLETUDE | {by: name},
        natures=dict.fromkeys(_COUNTS, "entier"),
        note="Attendues : épreuves obligatoires des candidats inscrits (en forme progressive, les "
        "seules présentées). Un code (AB, NV, DI…) compte comme reçu. Provisoires : reçues mais "
        "pas encore définitives.",
        empty="Aucune note obligatoire ne manque.",
        stacked=True,
        limit=limit,
    )


def ccf_table(ccf: pl.DataFrame) -> Fragment:
    """Return who has sent its CCF marks (`marts.suivi_ccf`), what is to be claimed first."""
    if ccf.is_empty():
        return paragraph("{x}", x="Aucune note de CCF n’est attendue d’un établissement.")
    late = pl.col("est_hors_delai").fill_null(value=False)
    altered = ~pl.col("est_conforme").fill_null(value=True)
    remarks = pl.concat_str(
        pl.when(late).then(pl.lit("enregistré après la date limite")),
        pl.when(altered).then(pl.lit("identités modifiées")),
        separator=" ; ",
        ignore_nulls=True,
    )
    order = pl.col("reception").replace_strict({nom: i for i, nom in enumerate(_RECEPTIONS)})
    rows = ccf.sort(order, ~(late | altered), "specialite", "etablissement")
    said = rows.with_columns(
        pl.col("reception").replace(_RECEPTIONS), remarque=remarks.replace("", None)
    )
    # What came whole and in time needs nobody: counted, and folded.
    whole = (pl.col("reception") == _RECEPTIONS["complet"]) & ~late & ~altered
    claimed, settled = said.filter(~whole), said.filter(whole)
    shown = _ccf_rows(claimed, late | altered, "suivi-ccf", "Notes de CCF à réclamer ou à revoir")
    if settled.is_empty():
        return shown
    count = formats.format_count(settled.height, "envoi de CCF complet", "envois de CCF complets")
    rest = _ccf_rows(settled, None, "suivi-ccf-complets", "Notes de CCF reçues")
    return stack(shown, fold(count, rest))


def _ccf_rows(
    rows: pl.DataFrame, marked: pl.Expr | None, identifier: str, caption: str
) -> Fragment:
    return table(
        rows,
        [
            "etablissement",
            "nb_attendues",
            "nb_recues",
            "nb_rejetees",
            "remarque",
            "fichier",
            "uai",
            "specialite",
        ],
        identifier=identifier,
        caption=caption,
        labels=_CCF,
        natures=dict.fromkeys(("nb_attendues", "nb_recues", "nb_rejetees"), "entier"),
        group="reception",
        marked=marked,
        note="Attendues : épreuves obligatoires en CCF des candidats de l’établissement, sauf note "
        "connue dans un autre mode. Fichier : le modèle reçu, à défaut celui qui a apporté ces "
        "notes ; sans modèle, ni sa date ni ses identités ne peuvent être vérifiées.",
        empty="rien à réclamer.",
        stacked=True,
        limit=MAXIMUM,
    )


def circular_table(rapprochement: pl.DataFrame) -> Fragment:
    """Return the counts of the circular beside those of the roster."""
    different = (pl.col("ecart") != 0) | pl.col("ecart").is_null()
    if rapprochement.is_empty():
        sentence = "Aucun effectif attendu n’est déclaré dans session.toml : pas de rapprochement."
        return paragraph("{x}", x=sentence)
    return table(
        rapprochement.sort("maille", pl.col("attendus").is_null(), "libelle"),
        ["libelle", "attendus", "constates", "ecart", "message"],
        identifier="rapprochement",
        caption="Effectifs de la circulaire et de la liste des candidats",
        labels={
            "libelle": "",
            "attendus": "Circulaire",
            "constates": "Liste",
            "ecart": "Différence",
            "message": "Constat",
        },
        natures={"attendus": "entier", "constates": "entier", "ecart": "entier"},
        group="maille",
        marked=different,
        note="Circulaire : effectifs annoncés, tels que session.toml les reprend. Liste : "
        "candidats chargés.",
    )


def controls_table(controles: pl.DataFrame) -> Fragment:
    """Return the controls that fail, the most serious first, with what to do."""
    failing = controles.filter(~pl.col("reussi")) if not controles.is_empty() else controles
    rank = pl.col("gravite").replace_strict(dict(zip(_GRAVITES, range(3), strict=True)), default=3)
    return table(
        failing.sort(rank, pl.col("nb_anomalies"), "regle", descending=[False, True, False])
        if not failing.is_empty()
        else failing,
        ["libelle", "nb_anomalies", "nb_testes", "remede", "regle"],
        identifier="controles",
        caption="Vérifications en échec, et informations",
        labels={"libelle": "Ce qui est attendu", "remede": "Que faire", "nb_testes": "Contrôlées"},
        natures={"regle": "code"},
        group="gravite",
        note=_outcomes(controles),
        empty="Aucune vérification en échec." if controles.height else "Aucune vérification faite.",
        stacked=True,
    )


def _outcomes(controles: pl.DataFrame) -> str:
    """Say how many controls there are, and how many could not be made."""
    if controles.is_empty():
        return "Aucune vérification faite."
    total = formats.format_count(controles.height, "vérification")
    skipped = controles["reussi"].null_count()
    if not skipped:
        return f"{total} en tout ; les autres sont satisfaites."
    not_made = formats.format_count(skipped, "n’a pu être faite", "n’ont pu être faites")
    return f"{total} en tout ; {not_made}, faute de données ; les autres sont satisfaites."


def by_file(bilan: pl.DataFrame, anomalies: pl.DataFrame) -> Fragment:
    """Return the accounting of each file, with its anomalies.

    Parameters
    ----------
    bilan
        `marts.bilan_import`.
    anomalies
        fichier, nb (`edition.comptes.count_rows`).
    """
    counted = anomalies.select("fichier", pl.col("nb").cast(pl.Int64))
    rows = bilan.join(counted, on="fichier", how="left").with_columns(pl.col("nb").fill_null(0))
    return table(
        rows.sort("type_fichier", "fichier"),
        ["fichier", "unite_compte", "lignes_lues", "lignes_chargees", "lignes_rejetees", "nb"],
        identifier="bilan-import",
        caption="Bilan de chaque fichier",
        labels={"nb": "Lignes à vérifier", "unite_compte": "Compté en"},
        natures={"nb": "entier"},
        group="type_fichier",
        marked=pl.col("lignes_rejetees") > 0,
        note="Lues = chargées + rejetées, pour chaque fichier. Lignes à vérifier : chargées, mais "
        "signalées par une vérification.",
        empty="Aucun fichier lu.",
        stacked=True,
    )


def by_rule(rows: pl.DataFrame, caption: str, identifier: str) -> Fragment:
    """Return counts by rule, with an example (`edition.comptes.count_rows`)."""
    return table(
        rows,
        ["regle", "nb_constats", "exemple"],
        identifier=identifier,
        caption=caption,
        labels={"nb_constats": "Rejets", "exemple": "Exemple"},
        natures={"nb_constats": "entier", "regle": "texte"},
        note="Un rejet : une ligne, ou une cellule d’un fichier large, pour un motif.",
        empty="Aucune ligne.",
    )


_NATURES = {
    "import": "Lignes des fichiers",
    "rejet": "Lignes rejetées",
    "critique": "Anomalies bloquantes",
    "avertissement": "Avertissements",
    "info": "Informations",
}

_COMPTES = {"lignes_lues": "lues", "lignes_chargees": "chargées", "lignes_rejetees": "rejetées"}


def trend(rows: pl.DataFrame) -> Fragment:
    """Return what changed since the last publication (`comparaison.compare_quality`)."""
    if rows.is_empty():
        return paragraph("{x}", x="Pas de publication antérieure à comparer.")
    changed = rows.filter(pl.col("avant") != pl.col("apres")).with_columns(
        pl.col("nature").replace(_NATURES), pl.col("regle").replace(_COMPTES)
    )
    return table(
        changed,
        ["regle", "avant", "apres"],
        identifier="tendance",
        caption="Comptes qui ont changé",
        labels={"regle": "Compte ou règle", "avant": "Avant", "apres": "Maintenant"},
        natures={"avant": "entier", "apres": "entier", "regle": "texte"},
        group="nature",
        empty="mêmes comptes de lignes, de rejets et d’anomalies qu’à la publication précédente.",
    )


def by_establishment(rows: pl.DataFrame, names: Mapping[str, str]) -> Fragment:
    """Return the rows to check by establishment (uai, nb), the most numerous first."""
    named = rows.with_columns(
        etablissement=pl.col("uai").replace(dict(names)).fill_null("(sans établissement)")
    )
    return table(
        named,
        ["etablissement", "uai", "nb"],
        identifier="a-verifier-etablissement",
        caption="Lignes à vérifier, par établissement",
        labels={"nb": "Lignes"},
        natures={"nb": "entier"},
        empty="Aucune ligne à vérifier.",
    )


def rows_to_correct(rows: pl.DataFrame, caption: str, identifier: str) -> Fragment:
    """Return the rows themselves, with file, line and what to do, `MAXIMUM` at most.

    Those a later template replaces have nothing to correct.
    """
    wrong = in_words(rows.filter(pl.col("regle") != "remplace"))
    named = pl.col("fichier").fill_null("Sans fichier en particulier")
    return table(
        wrong.sort("fichier", "ligne").with_columns(named) if not wrong.is_empty() else wrong,
        ["ligne", "message"],
        identifier=identifier,
        caption=caption,
        natures={"ligne": "entier"},
        group="fichier",
        limit=MAXIMUM,
        empty="Aucune ligne.",
    )
