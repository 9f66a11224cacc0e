"""The page by which a délégant hides a report, and what its act then tells."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mappings.domain.shared import SharedDocument
from service.console.words import shown_to
from service.outbox.envelope import CHANGES_SHOWING, Destination
from service.outbox.receipt import Outcome, Receipt
from service.trace import trace_of
from tests.console.page import Page, get, mark
from tests.console.practice import ACCEPTED, BENALI, WEBER, Practice, open_practice
from tests.house import leaves

WHY = "Résultat à annoncer de vive voix."


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    """As a professional behind the structure, which alone may not hide anything."""
    opened = open_practice(tmp_path, dmp_mode="INDIRECTE_RENFORCEE")
    yield opened
    opened.composition.store.close()


def asked(browser: FlaskClient, act: str, **form: str) -> Page:
    said = {"marque": mark(browser), "motif": WHY} | form
    return Page(browser.post(f"/actes/{act}/visibilite", data=said, follow_redirects=True))


def unseen(browser: FlaskClient, act: str) -> dict[str, str]:
    """What the form of the page says by itself."""
    fields = get(browser, f"/actes/{act}/visibilite").find("//form[@class='asking']//input[@type='hidden']")
    return {one.get("name"): one.get("value") for one in fields}


def changes(practice: Practice, act: str) -> list[str]:
    found = practice.composition.store.envelopes_of(f"Procedure/{act}/_history/1")
    return sorted(one.purpose for one in found if one.purpose in CHANGES_SHOWING)


def test_a_report_is_hidden_and_shown_again(practice: Practice, signed_in: Callable[..., FlaskClient]) -> None:
    act, browser = practice.act(), signed_in()
    practice.deliver()
    page = get(browser, f"/actes/{act}")
    assert f"/actes/{act}/visibilite" in [one.get("href") for one in page.find("a")]
    page = asked(browser, act, patient="oui")
    assert "C’est noté." in page.text("main")
    assert page.texts("//dl[@class='facts']//dd") == ["visible", "non visible pour l’instant", "non archivé"]
    assert [one.get("id") for one in page.find("//input[@checked]")] == ["patient"]
    assert "En attente de la réponse du dossier partagé" in page.text("main")
    practice.deliver()
    assert "Fait au dossier partagé" in get(browser, f"/actes/{act}/visibilite").text("main")
    told = get(browser, f"/actes/{act}").text("main")
    assert "Demande : ne pas montrer le compte rendu au patient" in told
    assert f"Motif : « {WHY} »" in told
    assert "masquage au patient : fait" in told
    assert "Le dossier partagé a fait cette modification." in told
    asked(browser, act)
    assert changes(practice, act) == ["hide", "reveal"]


def test_a_page_left_open_shows_nothing_again_that_was_hidden_since(
    practice: Practice, signed_in: Callable[..., FlaskClient]
) -> None:
    act, browser = practice.act(), signed_in()
    practice.deliver()
    form = unseen(browser, act)
    assert asked(browser, act, **form, patient="oui").status == 200
    page = asked(browser, act, **form, professionnels="oui")
    assert page.status == 412
    assert "relisez-la" in page.text("main")
    assert changes(practice, act) == ["hide"]
    assert asked(browser, act, **form, patient="oui").status == 200, "sent twice by one hand is asked once"
    assert changes(practice, act) == ["hide"]
    assert asked(browser, act, **unseen(browser, act), patient="oui", professionnels="oui").status == 200
    assert changes(practice, act) == ["hide", "mask"]


def test_a_refusal_is_told(practice: Practice, signed_in: Callable[..., FlaskClient]) -> None:
    act, browser = practice.act(), signed_in()
    practice.deliver()
    asked(browser, act, professionnels="oui")
    practice.deliver({**ACCEPTED, Destination.DMP: Receipt(Outcome.REFUSED, "XDSMetadataUpdateError")})
    told = get(browser, f"/actes/{act}/visibilite").text("main")
    assert "Non fait. Le dossier partagé a refusé cette modification du compte rendu." in told
    letters = get(browser, "/envois").text("main")
    assert "Dossier médical partagé (DMP) : masquage aux professionnels" in letters
    asked(browser, act, professionnels="oui")
    assert changes(practice, act) == ["mask", "mask"], "what came to nothing may be asked again"


def test_a_form_that_is_not_ours_asks_nothing(practice: Practice, signed_in: Callable[..., FlaskClient]) -> None:
    act, browser = practice.act(), signed_in()
    form = {"professionnels": "oui", "motif": WHY}
    assert browser.post(f"/actes/{act}/visibilite", data=form).status_code == 403
    foreign = browser.post(
        f"/actes/{act}/visibilite",
        data=form | {"marque": mark(browser)},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert foreign.status_code == 403
    assert asked(browser, act, professionnels="oui", motif="  ").status == 422
    assert asked(browser, act, professionnels="oui", motif="x" * 501).status == 422
    assert changes(practice, act) == []


def test_it_is_nobody_elses(practice: Practice, signed_in: Callable[..., FlaskClient]) -> None:
    act = practice.act()
    stranger = signed_in(BENALI)
    assert stranger.get(f"/actes/{act}/visibilite").status_code == 404
    assert stranger.post(f"/actes/{act}/visibilite", data={"marque": mark(stranger)}).status_code == 404
    nobody = practice.app.test_client()
    assert nobody.get(f"/actes/{act}/visibilite").status_code == 303
    assert nobody.post(f"/actes/{act}/visibilite", data={"motif": WHY}).status_code == 303
    assert changes(practice, act) == []


def test_who_has_left_is_offered_nothing(practice: Practice, signed_in: Callable[..., FlaskClient]) -> None:
    act, browser = practice.act(), signed_in()
    assert get(browser, f"/actes/{act}/visibilite").find("//form[@class='asking']")
    leaves(practice.app.test_client(), WEBER)
    page = get(browser, f"/actes/{act}/visibilite")
    assert page.find("//form[@class='asking']") == []
    assert "vous n’exercez plus dans la structure de l’acte" in page.text("main")
    assert asked(browser, act, patient="oui").status == 403
    assert changes(practice, act) == []


def test_where_nothing_can_be_asked_the_page_says_so(practice: Practice, signed_in: Callable[..., FlaskClient]) -> None:
    alone = replace(practice.composition, settings=replace(practice.composition.settings, dmp_mode="INDIRECTE"))
    practice.app.config["COMPOSITION"] = alone
    act, browser = practice.act(), signed_in()
    assert f"/actes/{act}/visibilite" not in [one.get("href") for one in get(browser, f"/actes/{act}").find("a")]
    page = get(browser, f"/actes/{act}/visibilite")
    assert "Rien ne peut être demandé ici" in page.text("main")
    assert page.find("textarea") == []


def test_what_the_record_hides_is_told_where_it_is_consulted() -> None:
    document = SharedDocument(
        unique_id="1.2", status="current", labels=frozenset({"N", "MASQUE_PS", "NOPAT"}), archived=True
    )
    assert shown_to(document) == ["masqué aux professionnels", "non visible par le patient", "archivé"]
    assert shown_to(SharedDocument(unique_id="1.2", status="current", labels=frozenset({"N"}))) == []


def test_a_mail_that_a_mask_cancelled_is_told_to_leave_again(
    practice: Practice, signed_in: Callable[..., FlaskClient]
) -> None:
    act, browser = practice.act(), signed_in()
    asked(browser, act, professionnels="oui")
    told = get(browser, f"/actes/{act}").text("main")
    assert "Le compte rendu est masqué à ce destinataire : l’envoi est annulé." in told
    asked(browser, act)
    practice.deliver()
    told = get(browser, f"/actes/{act}").text("main")
    assert "Envoi repris" in told
    assert "Le compte rendu n’est plus masqué à ce destinataire : l’envoi annulé reprend." in told
    trace = trace_of(practice.composition.store, act)
    described = [one["resource"].get("outcomeDesc", "") for one in trace["entry"]]
    assert "Le compte rendu n’est plus masqué à ce destinataire : l’envoi annulé reprend." in described


def test_what_somebody_else_hid_in_the_record_is_told_on_the_act(
    practice: Practice, signed_in: Callable[..., FlaskClient]
) -> None:
    act, browser = practice.act(), signed_in()
    practice.deliver()
    sentence = "par le patient ou un autre logiciel"
    assert sentence not in get(browser, f"/actes/{act}").text("main")
    asked(browser, act, patient="oui")
    both = frozenset({"MASQUE_PS", "INVISIBLE_PATIENT"})
    practice.deliver({**ACCEPTED, Destination.DMP: Receipt(Outcome.ACCEPTED, "Success", shown=both)})
    told = get(browser, f"/actes/{act}").text("main")
    assert "Masqué aux professionnels dans le DMP, par le patient ou un autre logiciel" in told
    assert "Non visible par le patient dans le DMP" not in told, "the team has asked for that one"
    page = get(browser, f"/actes/{act}/visibilite").text("main")
    assert "Masqué aux professionnels dans le DMP, par le patient ou un autre logiciel" in page
    assert "L’équipe ne l’a pas demandé. Constaté le" in page
    assert [one.get("id") for one in get(browser, f"/actes/{act}/visibilite").find("//input[@checked]")] == ["patient"]
    asked(browser, act)
    told = get(browser, f"/actes/{act}").text("main")
    assert "Non visible par le patient dans le DMP" not in told, "asked to be lifted, and not done yet: it may be ours"


def test_a_reason_that_is_refused_is_shown_again_beside_its_fault(
    practice: Practice, signed_in: Callable[..., FlaskClient]
) -> None:
    """Nothing that was ticked or written is lost, and the fault is told where it is mended."""
    act, browser = practice.act(), signed_in()
    practice.deliver()
    page = asked(browser, act, **unseen(browser, act), patient="oui", motif="x" * 501)
    assert page.status == 422
    assert page.text("title").startswith("Erreur – ")
    summary = "//div[@role='alert']"
    assert "La demande n’est pas enregistrée." in page.text(summary)
    assert page.find(f"{summary}//a/@href") == ["#motif"]
    (reason,) = page.find("//textarea[@id='motif']")
    assert (reason.get("aria-invalid"), reason.text.strip()) == ("true", "x" * 501)
    assert page.text(f"//*[@id='{reason.get('aria-describedby')}']").startswith("La demande dit son motif")
    assert [one.get("id") for one in page.find("//input[@checked]")] == ["patient"]
    assert page.texts("//dl[@class='facts']//dd")[1] == "visible", "what is wanted is not what shows"
    assert changes(practice, act) == []
    again = {one.get("name"): one.get("value") for one in page.find("//form[@class='asking']//input[@type='hidden']")}
    assert asked(browser, act, **again, patient="oui").status == 200
    assert changes(practice, act) == ["hide"]
