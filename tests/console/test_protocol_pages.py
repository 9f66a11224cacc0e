"""The pages of the protocols: what is listed, what a sheet says, who sees the life of a protocol."""

import dataclasses
import datetime as dt
import io
from collections.abc import Callable

import pikepdf
import pytest
from flask.testing import FlaskClient

from mappings.domain.evidence import Fact
from mappings.domain.sheet import sheet_of
from mappings.domain.versions import versions_of
from service.demonstration import records
from service.life.supervision import Supervision, Told
from tests.console.page import get
from tests.console.practice import BENALI, FOLDER, WEBER, Practice
from tests.mappings.catalogue import shipped

SignedIn = Callable[..., FlaskClient]
TORSION = "/protocoles/pc-torsion-cheville"
ODYNOPHAGIE = "/protocoles/pc-odynophagie"


@pytest.fixture
def anybody(practice: Practice) -> FlaskClient:
    return practice.app.test_client()


# ── the catalogue ──


def test_every_protocol_is_listed_once_under_its_regime(anybody: FlaskClient) -> None:
    page = get(anybody, "/protocoles")
    for regime in ("national", "local"):
        links = page.find(f"//section[@aria-labelledby='regime-{regime}']//h3/a/@href")
        listed = sorted(str(link).removeprefix("/protocoles/").partition("?")[0] for link in links)
        assert listed == sorted({protocol.id for protocol in shipped() if protocol.regime == regime})
    neighbours = page.text("//section[@aria-labelledby='regimes-voisins']")
    assert "Protocole pluriprofessionnel" in neighbours
    assert not page.find("//section[@aria-labelledby='regimes-voisins']//a")


def test_the_list_is_in_the_order_of_a_dictionary(anybody: FlaskClient) -> None:
    """An accent does not send a title to the end."""
    found = get(anybody, "/protocoles").find("//section[@aria-labelledby='regime-national']//h3/a/text()")
    assert [title.split()[0] for title in found] == [
        "Asalée",
        "Dépistage",
        "Échographie",
        "Éruption",
        "Insuffisance",
        "Lombalgie",
        "Odynophagie",
        "PA-PH",
        "Pollakiurie",
        "Rhino-conjonctivite",
        "Torsion",
    ]


def test_dates_that_are_not_sure_are_marked_in_the_list(anybody: FlaskClient) -> None:
    """That the order of Asalée is of that day is general knowledge."""
    page = get(anybody, "/protocoles")
    known = {"pc-asalee": True, "pc-torsion-cheville": False}
    for id_, doubtful in known.items():
        told = page.text(
            f"//article[@aria-labelledby='protocole-{id_}']//dt[.='Version en vigueur']/following-sibling::dd"
        )
        assert ("à valider" in told) is doubtful


def test_a_protocol_tells_its_version_its_people_and_its_retired_versions(anybody: FlaskClient) -> None:
    told = get(anybody, "/protocoles").text("//article[@aria-labelledby='protocole-pc-odynophagie']")
    for words in (
        "projet",
        "Version en vigueur 2024.1 depuis le 17 juin 2024",
        "Délégués Infirmier",
        "2023.2, du 24 août 2023 au 16 juin 2024",
        "points à valider",
    ):
        assert words in told
    assert "Pharmacien" not in told


def test_the_catalogue_of_another_day(anybody: FlaskClient) -> None:
    page = get(anybody, "/protocoles?le=2024-06-16")
    told = page.text("//article[@aria-labelledby='protocole-pc-odynophagie']")
    assert "Version en vigueur 2023.2" in told
    assert "Délégués Infirmier, Pharmacien" in told
    assert "2024.1, à venir, depuis le 17 juin 2024" in told
    assert "aucune ce jour-là" in get(anybody, "/protocoles?le=2010-01-01").text("//article")


def test_a_version_that_includes_nobody_says_so(anybody: FlaskClient) -> None:
    words = "Cette version n’inclut personne : le texte connu laisse ouvert « Fenêtre d’âge de la version de 2020 : non trouvée »"
    assert words in get(anybody, f"{ODYNOPHAGIE}?version=2020.1").text("main")
    assert "n’inclut personne" not in get(anybody, f"{ODYNOPHAGIE}?version=2023.1").text("main")
    listed = "//article[@aria-labelledby='protocole-pl-anticoagulants']"
    assert "laisse ouvert « Patient stable : ce qui le fait dire n’a pas été trouvé »" in get(
        anybody, "/protocoles"
    ).text(listed)
    assert words in get(anybody, "/protocoles?le=2021-01-01").text(
        "//article[@aria-labelledby='protocole-pc-odynophagie']"
    )


def test_a_doubtful_structure_is_marked_in_the_list(anybody: FlaskClient) -> None:
    told = get(anybody, "/protocoles").text("//article[@aria-labelledby='protocole-pc-torsion-cheville']")
    assert "Communauté professionnelle territoriale de santé (à valider)" in told
    assert "Centre de santé (à valider)" not in told


# ── the sheet ──


def test_all_of_every_definition_is_on_its_page(anybody: FlaskClient) -> None:
    for version in shipped():
        page = get(anybody, f"/protocoles/{version.id}?version={version.version}&le=2026-11-20")
        assert page.status == 200
        told = page.text("main")
        said = [criterion.text for criterion in version.criteria] + [act.title for act in version.activities]
        said += [one.display for one in (*version.delegators, *version.delegatees, *version.structures)]
        assert [words for words in said if words.replace("'", "’") not in told] == []
        sheet = sheet_of(versions_of(shipped(), version.id), version, dt.date(2026, 11, 20))
        marks = page.find("//main//li//strong[@class='doubt'] | //main//dd//strong[@class='doubt']")
        assert len(marks) == sheet.to_validate + 1  # and the legend


def test_the_day_chooses_the_version(anybody: FlaskClient) -> None:
    last, first = get(anybody, f"{ODYNOPHAGIE}?le=2024-06-16"), get(anybody, f"{ODYNOPHAGIE}?le=2024-06-17")
    assert "En vigueur le 16 juin 2024 (du 24 août 2023 au 16 juin 2024)" in last.text(
        "header[@class='act-title']" and "main"
    )
    assert "En vigueur le 17 juin 2024 (depuis le 17 juin 2024)" in first.text("main")
    assert last.text("//nav[@class='versions']//a[@aria-current='page']") == "Version 2023.2"
    assert first.find("//input[@name='le']")[0].get("value") == "2024-06-17"
    early = get(anybody, f"{ODYNOPHAGIE}?le=2019-01-01").text("main")
    assert "Pas encore en vigueur le 1er janvier 2019" in early


def test_a_version_that_is_retired_says_so(anybody: FlaskClient) -> None:
    told = get(anybody, f"{ODYNOPHAGIE}?version=2023.1").text("main")
    assert "N’est plus en vigueur le 20 novembre 2026 (du 14 mars 2023 au 23 août 2023)" in told


def test_changes_are_told(anybody: FlaskClient) -> None:
    told = get(anybody, f"{ODYNOPHAGIE}?version=2024.1").text("//section[@class='changes']")
    assert "Ce qui change depuis la version 2023.2" in told
    assert "Professions, retiré : Pharmacien (délégué)" in told
    assert not get(anybody, f"{ODYNOPHAGIE}?version=2020.1").find("//section[@class='changes']")


def test_the_picture_is_named_and_told_in_words(anybody: FlaskClient) -> None:
    page = get(anybody, TORSION)
    (picture,) = page.find("//*[local-name()='svg']")
    assert picture.get("role") == "img"
    assert page.find(f"//*[@id='{picture.get('aria-labelledby')}']")
    assert "Exclusion : aucun critère n’est présent" in page.text("//ul[@class='described']")


def test_what_a_definition_says_is_never_markup(practice: Practice) -> None:
    words = '<script>alert("1")</script> & </title><img src=x>'
    torsion = next(one for one in shipped() if one.id == "pc-torsion-cheville")
    first, *others = torsion.criteria
    hostile = dataclasses.replace(
        torsion,
        title=words,
        short_title=words,
        source=words,
        objective=Fact(text=words, source=words, certainty="X"),
        criteria=(dataclasses.replace(first, text=words, source=words), *others),
        gaps=(Fact(text=words, source=words, certainty="X"),),
    )
    practice.app.config["COMPOSITION"] = dataclasses.replace(
        practice.composition, catalogue={hostile.canonical: hostile}
    )
    browser = practice.app.test_client()
    for path in ("/protocoles", TORSION, f"{TORSION}?version=2026.1"):
        page = get(browser, path)
        assert page.status == 200
        assert not page.find("//script")
        assert not page.find("//img")
        assert words in page.text("main")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/protocoles/pc-inconnu", 404),
        (f"{TORSION}?version=1999.1", 404),
        (f"{TORSION}?le=hier", 400),
        ("/protocoles?le=2026-02-30", 400),
        ("/protocoles/pc-inconnu/fiche.pdf", 404),
    ],
)
def test_what_is_not_there(anybody: FlaskClient, path: str, status: int) -> None:
    assert get(anybody, path).status == status


def test_the_sheet_to_print(anybody: FlaskClient) -> None:
    link = get(anybody, f"{ODYNOPHAGIE}?version=2023.1").find("//a[contains(., 'PDF')]")[0].get("href")
    answer = anybody.get(link)
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="fiche-pc-odynophagie-2023.1.pdf"'
    with pikepdf.open(io.BytesIO(answer.data)) as document, document.open_metadata() as metadata:
        assert metadata["dc:title"] == "Fiche d’identité – Odynophagie, version 2023.1"


def test_the_same_sheet_as_data(anybody: FlaskClient) -> None:
    link = get(anybody, f"{ODYNOPHAGIE}?version=2023.1").find("//a[contains(., 'JSON')]")[0].get("href")
    assert anybody.get(link).json["protocol"] == "pc-odynophagie|2023.1"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_any_day_that_is_one_may_be_asked(practice: Practice, signed_in: SignedIn, day: str) -> None:
    browser = signed_in()
    for path in ("/protocoles", TORSION, f"{TORSION}/fiche.pdf", f"{TORSION}/vie"):
        assert browser.get(f"{path}?le={day}").status_code == 200, path
    assert browser.get(f"/records/protocols/pc-torsion-cheville/sheet?on={day}").status_code == 200


# ── the life ──


def test_nobody_sees_who_is_enrolled(anybody: FlaskClient) -> None:
    answer = anybody.get(f"{TORSION}/vie")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/connexion")


def test_who_may_act_and_when_the_team_last_did(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    page = get(signed_in(), f"{TORSION}/vie")
    told = page.text("main")
    assert "10 délégants peuvent agir, 10 délégués peuvent agir" in told
    assert "dernier acte le 20 novembre 2026" in told
    assert len(page.find("//tbody/tr")) == 20
    first = page.text("//tbody/tr")
    assert first == "Mme Lucie MOREL-FICTIF délégué 2026.1 oui avec des identités fictives seulement celle-ci"
    assert "en retard : elle était due le 8 mars 2021" in told


def test_a_suspension_and_a_review_are_shown(practice: Practice, signed_in: SignedIn) -> None:
    composition = practice.composition
    both = Supervision(
        store=composition.store, catalogue=composition.catalogue, clock=composition.clock, ids=composition.ids
    )
    name, day = "pc-torsion-cheville", dt.date(2026, 11, 10)
    told = Told(day=day, authority="ARS (fictive)", reason="Motif (fictif)", source="Décision 1 (fictive)")
    both.suspend(name, told)
    both.review(name, dt.date(2026, 11, 12), by="Dr TEST-RELECTRICE", rpps="99900001019")
    page = get(signed_in(), f"{TORSION}/vie").text("main")
    assert "suspendu depuis le 10 novembre 2026 ARS (fictive) : Motif (fictif) (Décision 1 (fictive))" in page
    assert "0 délégant peut agir, 0 délégué peut agir" in page
    assert "protocole suspendu, depuis le 10 novembre 2026" in page
    assert "12 novembre 2026 sans changement, version 2026.1, par Dr TEST-RELECTRICE" in page
    assert "à faire au plus tard le 12 novembre 2027" in page
    before = get(signed_in(), f"{TORSION}/vie?le=2026-11-09").text("main")
    assert "10 délégants peuvent agir" in before
    assert "oui, jusqu’au 9 novembre 2026" in before


def test_a_sleeping_team_is_shown(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    browser = signed_in()
    assert "en sommeil" not in get(browser, f"{TORSION}/vie?le=2027-05-19").text("main")
    assert "en sommeil depuis le 20 mai 2027 (6 mois sans acte)" in get(browser, f"{TORSION}/vie?le=2027-05-20").text(
        "main"
    )


def test_before_the_enrolments_nobody_may_act(signed_in: SignedIn) -> None:
    page = get(signed_in(), f"{TORSION}/vie?le=2026-08-31")
    assert "0 délégant peut agir, 0 délégué peut agir" in page.text("main")
    assert "adhésion pas encore commencée" in page.text("//tbody/tr")


def test_only_the_structures_of_the_reader(practice: Practice, signed_in: SignedIn) -> None:
    assert "Aucune de vos structures" in get(signed_in(), f"{ODYNOPHAGIE}/vie").text("main")
    assert "Aucune de vos structures" in get(signed_in("99900009999"), f"{TORSION}/vie").text("main")
    assert "CPTS DES TILLEULS" in get(signed_in(BENALI), f"{TORSION}/vie").text("main")


def test_the_pages_are_one_click_away(anybody: FlaskClient, signed_in: SignedIn) -> None:
    for browser in (anybody, signed_in()):
        assert get(browser, "/protocoles").find("//nav//a[@href='/protocoles'][@aria-current='page']")
    assert get(signed_in(), "/").find("//nav//a[@href='/protocoles']")


def test_after_a_new_version_the_page_says_who_goes_on_and_who_does_not(
    practice: Practice, signed_in: SignedIn
) -> None:
    enrolled = records("enrolments", FOLDER)
    doctor = next(one for one in enrolled if one["rpps"] == WEBER)
    nurse = next(one for one in enrolled if one["function"] == "DELEGATEE") | {"delegators": []}
    people = {"60": "99900001118", "21": "99900001126"}
    nurse["training"] = [{"module": "Formation odynophagie", "completed": "2023-08-25"}]
    for version, professions in (("2023.2", ("60", "21")), ("2024.1", ("60",))):
        under = {"protocol": f"pc-odynophagie|{version}", "period": {"start": "2023-09-01"}}
        practice.post("enrolments", {**doctor, **under, "identifier": f"ADH-{version}-10"})
        for profession in professions:
            record = {**nurse, **under, "profession": profession, "rpps": people[profession]}
            practice.post("enrolments", {**record, "identifier": f"ADH-{version}-{profession}"})
    browser = signed_in()

    def lines(day: str) -> list[str]:
        page = get(browser, f"{ODYNOPHAGIE}/vie?le={day}")
        return [words for words in page.texts("//tbody/tr") if "délégué" in words]

    before, after = lines("2024-06-16"), lines("2024-06-17")
    assert [("oui, jusqu’au 16 juin 2024" in line) for line in before] == [True, True, False]
    assert "version pas encore en vigueur" in before[2]
    first, pharmacist, renewed = after
    superseded = "non version remplacée par la version 2024.1, depuis le 17 juin 2024"
    assert superseded in first
    assert "déjà dans la version 2024.1" in first
    assert superseded in pharmacist
    assert "ne peut pas entrer dans la version 2024.1 profession non admise" in pharmacist
    assert "2024.1 oui" in renewed


def test_a_sheet_is_gone_through_by_its_parts(anybody: FlaskClient) -> None:
    """A way to each part; and in each list one stop of the keyboard for each source, however often it is cited."""
    page = get(anybody, ODYNOPHAGIE)
    ways = page.find("//nav[@aria-label='Dans cette fiche']//a/@href")
    assert len(ways) > 5
    assert all(page.find(f"//*[@id='{way.removeprefix('#')}']") for way in ways)
    cited = 0
    for one in page.find("//ul[@class='statements']"):
        links = one.xpath(".//a[@class='source']/@href")
        assert len(links) == len(set(links))
        cited += len(one.xpath(".//*[@class='source']"))
        assert {words.split(",")[0] for words in one.xpath(".//*[@class='source']/text()") if words.isdigit()} == {
            link.removeprefix("#source-") for link in links
        }
    assert cited > 60, "what is not a link still names its source"
