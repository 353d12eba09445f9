"""A fiche is about one establishment or centre, and about no other."""

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest
from carnets.test_carnets_contenu import run, words

from perequation.edition import index, publish_reports
from perequation.edition.contexte import make_background
from perequation.edition.plan import plan_reports
from perequation.edition.sujets import Sujet, list_sujets
from perequation.resultats.fiche import read_fiche
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import read_mart
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.lecture import open_lecture

HOSTILES = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0",
    "\u202eÉCYL\u202c",
    "L" * 200,
    "../../etc/passwd",
    "CON",
    "Lycée\u0000nul",
    "…",
    "lycée",
    "Lycee",
]


@pytest.fixture
def copie(publie: Dossier, tmp_path: Path) -> Dossier:
    import shutil

    return open_dossier(shutil.copytree(publie.racine, tmp_path / "session"))


def show(dossier: Dossier, sujet: Sujet) -> str:
    return run("60_fiche", dossier, maille=sujet.maille, code=sujet.code).replace("\u00a0", " ")


def sujets(dossier: Dossier) -> tuple[Sujet, ...]:
    return list_sujets(dossier.entrepot, ["CCST"])


def candidates(dossier: Dossier) -> pl.DataFrame:
    return read_mart(dossier.entrepot, "resultat_candidat")


def test_there_is_one_for_each_establishment_and_centre(publie: Dossier) -> None:
    resultats = candidates(publie)
    fiches = plan_reports(publie, seulement=["60_fiche"])

    attendus = set(resultats["uai"].drop_nulls()) | set(resultats["centre_ecrit"])
    attendus |= set(resultats.filter(pl.col("uai").is_null())["etablissement"])
    assert {f.parametres["code"] for f in fiches} == attendus
    assert len({f.nom for f in fiches}) == len(fiches) == 21
    assert not any(r.est_fiche for r in plan_reports(publie))
    assert {r.nom for r in fiches} < {r.nom for r in plan_reports(publie, fiches=True)}


@pytest.mark.parametrize(
    "pas",
    [pytest.param(15, id="une sur quinze"), pytest.param(1, id="toutes", marks=pytest.mark.slow)],
)
def test_names_no_one_else(publie: Dossier, pas: int) -> None:
    """Neither another establishment or centre, by name or UAI, nor a candidate of theirs."""
    resultats, tous = candidates(publie), sujets(publie)
    examines = [
        sujet
        for maille in ("etablissement", "centre_ecrit")
        for sujet in [s for s in tous if s.maille == maille][::pas]
    ]
    assert {sujet.maille for sujet in examines} == {sujet.maille for sujet in tous}
    for sujet in examines:
        texte = show(publie, sujet)
        own = (
            pl.col("centre_ecrit")
            if sujet.maille == "centre_ecrit"
            else pl.coalesce("uai", "etablissement")
        )
        others = resultats.filter(own != sujet.code)
        assert not [n for n in others["numero_candidat"] if n in texte], sujet
        autres = [s for s in tous if s != sujet and s.libelle not in sujet.libelle]
        assert not [s for s in autres if s.code in texte or s.libelle in texte], sujet
        assert not [nom for nom in ("CLASSEMENT", "RANG ") if nom in texte.upper()]


def test_gives_the_figures_of_the_results(publie: Dossier) -> None:
    sujet = next(s for s in sujets(publie) if s.code == "0960015V")
    row = read_mart(publie.entrepot, "reussite", maille="etablissement", modalite=sujet.code).row(
        0, named=True
    )
    texte = words(show(publie, sujet))

    for figure in (row["inscrits"], row["presents"], row["admis"]):
        assert f" {figure} " in texte
    assert f"{row['taux_reussite'] * 100:.1f} %".replace(".", ",") in texte
    assert "écart à examiner" in texte
    assert not re.search(r"généreu|sévère", texte)


def test_a_small_group_has_no_figure(publie: Dossier) -> None:
    resultats = candidates(publie)
    code = pl.coalesce("uai", "etablissement")
    petits = [s for s in sujets(publie) if 1 <= resultats.filter(code == s.code).height < 5]
    assert petits
    for sujet in petits:
        texte = show(publie, sujet)
        assert "Moins de 5 présents" in texte
        assert not re.search(r"\d+,\d", words(texte))
        assert '"datasets"' not in texte


def test_the_session_is_not_given_where_it_would_tell_of_a_few_others(copie: Dossier) -> None:
    """With 170 candidates, all but three of one establishment: the session minus it is three."""
    with duckdb.connect(str(copie.entrepot)) as con:
        con.execute(
            "update marts.reussite set presents = (select presents + 3 from marts.reussite "
            "where modalite = '0960015V') where maille = 'total'"
        )
        con.execute(
            "update marts.statistique_epreuve set n = 21, moyenne = 13.37 where maille = 'total'"
        )
    fiche = read_fiche(open_lecture(str(copie.racine), 2023, "CCST"), "etablissement", "0960015V")

    session = fiche.reussite.filter(groupe="session").row(0, named=True)
    assert {session[name] for name in ("admis", "taux_reussite", "moyenne_generale")} == {None}
    # Where the session's figures of a mode are hidden, those of all modes stand in.
    modes = fiche.epreuves.filter(pl.col("n_session") == 21)
    autres = modes.filter(pl.col("n") > 16)
    assert autres.height
    assert set(autres["moyenne_session"]) == {None}
    texte = run("60_fiche", copie)
    assert texte.count("13,37") == modes.height - autres.height
    assert "il en révélerait d’autres" in texte


def test_problems_are_told_without_quoting_a_value(copie: Dossier) -> None:
    with duckdb.connect(str(copie.entrepot)) as con:
        con.execute(
            "update marts.note_retenue set note = null, code = null where epreuve = 'E1' "
            "and numero_candidat in "
            "(select numero_candidat from staging.candidat where uai = '0960015V')"
        )
        con.execute(
            "update marts.anomalie set uai = '0960015V', message = 'LYCÉE VOISIN', "
            "valeur = 'LYCÉE VOISIN', numero_candidat = (select min(numero_candidat) "
            "from staging.candidat where uai = '0960015V')"
        )
    texte = run("60_fiche", copie)

    assert "Note obligatoire attendue et non reçue" in texte
    assert "LYCÉE VOISIN" not in texte
    assert "Vérification en échec" in texte


def test_what_the_jury_deliberated_is_not_told_to_an_establishment(copie: Dossier) -> None:
    """Any rule of the quality checks on the jury's decisions, broken by one of its candidates."""
    lecture = open_lecture(str(copie.racine), 2023, "CCST")
    deliberees = [r for r in lecture.table("controle_qualite")["regle"] if r.startswith("jury_")]
    assert len(deliberees) >= 3
    with duckdb.connect(str(copie.entrepot)) as con:
        (numero,) = con.execute(
            "select min(numero_candidat) from staging.candidat where uai = '0960015V'"
        ).fetchone() or ("",)
        con.executemany(
            "insert into marts.anomalie by name "
            "(select ? as regle, 'avertissement' as gravite, ? as numero_candidat, 'CCST' as specialite)",
            [(regle, numero) for regle in (*deliberees, "note_bornes")],
        )
    problemes = read_fiche(
        open_lecture(str(copie.racine), 2023, "CCST"), "etablissement", "0960015V"
    ).problemes

    told = problemes["probleme"].str.contains("Vérification en échec")
    assert problemes.filter(told).height == 1


def test_one_that_is_not_in_the_results_fails(publie: Dossier) -> None:
    with pytest.raises(ConfigurationError, match="0000000A"):
        run("60_fiche", publie, code="0000000A")


def test_file_names_are_safe_unique_and_stable() -> None:
    noms = [
        Sujet("CCST", maille, nom, nom).nom_fichier
        for nom in HOSTILES
        for maille in ("etablissement", "centre_ecrit")
    ]

    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,100}", nom) for nom in noms)
    assert len({nom.lower() for nom in noms}) == len(noms)
    assert Sujet("CCST", "etablissement", "0960015V", "Lycée É. Zola").nom_fichier == (
        "CCST_0960015V_lycee-e-zola"
    )


def test_hostile_names_are_text_in_the_page_and_leave_the_pack_alone(copie: Dossier) -> None:
    with duckdb.connect(str(copie.entrepot)) as con:
        con.execute(
            "update marts.reussite set libelle = ? where modalite = '0960015V'", [HOSTILES[0]]
        )
        con.execute(
            "update marts.reussite set libelle = ? where modalite = '0960016W'", [HOSTILES[5]]
        )

    noms = [
        r.nom
        for r in plan_reports(copie, seulement=["60_fiche"])
        if "0960015V" in r.nom or "0960016W" in r.nom
    ]
    publish_reports(copie, noms)

    pages = sorted((copie.rapports / "fiches").glob("*.html"))
    assert len(pages) == 2
    assert not [p for p in pages if "<script>alert" in p.read_text("utf-8")]
    assert "&lt;script&gt;alert(1)" in pages[0].read_text("utf-8")
    assert "<script>alert" not in (copie.rapports / "index.html").read_text("utf-8")
    texte = pages[0].read_text("utf-8")
    assert "../" not in re.sub(r"<script.*?</script>", "", texte, flags=re.DOTALL)
    assert 'href="index.html"' not in texte


def test_the_index_counts_them_and_folds_them(copie: Dossier) -> None:
    plan = plan_reports(copie, fiches=True)
    fond = make_background(copie, "interne", None)
    copie.rapports.mkdir(exist_ok=True)
    fait = next(r for r in plan if r.est_fiche)
    (copie.rapports / "fiches").mkdir()
    empreinte = fond.context_of(fait).marques["empreinte"]
    # The session's counts head the session's reports, never the sheet of one establishment.
    own, session = ({f.texte for f in fond.context_of(each).faits} for each in (fait, plan[0]))
    assert session - own == {f.texte for f in fond.comptes}
    (copie.rapports / fait.fichier).write_text(
        f'<meta name="perequation-empreinte" content="{empreinte}">', "utf-8"
    )

    index.write_index(copie, copie.rapports, plan, fond)

    texte = (copie.rapports / "index.html").read_text("utf-8")
    assert "20 non produites" in texte
    assert f'href="{fait.fichier}"' in texte
    assert "<summary>1 fiche</summary>" in texte
