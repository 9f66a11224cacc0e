"""The structured body: each row once in words and once in code, each document of the catalogue as the rules of others want it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from mappings.cda import cda_refusals, report_to_cda
from mappings.cda.reading import told
from mappings.domain.report import ActReport
from mappings.domain.report_body import body_of
from tests.mappings.catalogue_reports import catalogue_reports
from tests.mappings.official_rules import BIO_TROD, Judge, minimal_structure, sections_and_models
from tests.mappings.reports import EVERYTHING, RAPID, REPORT
from tests.mappings.schemas import CDA, departures

NS = {"v3": "urn:hl7-org:v3", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
PDF = b"%PDF-1.4 a stand-in"
CATALOGUE = catalogue_reports()
#: One report of each type for each folder, done and not done: what the slow rules look at here; `make conformance` all.
SAMPLE = {
    (name.split()[0], report.type_code.code, report.done, len(report.acts)): name for name, report in CATALOGUE.items()
}


def document_of(report: ActReport) -> etree._Element:
    return etree.fromstring(report_to_cda(report, PDF))


def find(element: etree._Element, path: str) -> Any:
    return element.xpath(path, namespaces=NS)


def narrative(section: etree._Element) -> Iterator[tuple[str, str]]:
    """The rows of a narrative, line breaks as line ends."""
    for line in find(section, "v3:text/v3:table/v3:tbody/v3:tr"):
        label, said = ("\n".join(cell.itertext()) for cell in find(line, "v3:th|v3:td"))
        yield label, said


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Judge]]:
    with sections_and_models(tmp_path_factory.mktemp("rules")) as models, minimal_structure() as minimal:
        yield {"minimal": minimal} | models


@pytest.mark.parametrize("report", [REPORT, EVERYTHING, RAPID], ids=["report", "everything", "rapid test"])
def test_the_narrative_says_every_word_once(report) -> None:
    document = document_of(report)
    sections = [one for one in find(document, "//v3:structuredBody/v3:component/v3:section")]
    if report.screening:
        (chapter,) = sections
        wanted = [row for section in body_of(report) for row in section.rows]
        assert list(narrative(chapter)) == wanted
        titles = [find(chapter, "string(v3:title)"), *find(chapter, "v3:text/v3:table/v3:caption/text()")]
        assert titles == [section.title for section in body_of(report)]
        return
    *told_, copy = sections
    assert [(find(one, "string(v3:title)"), tuple(narrative(one))) for one in told_] == [
        (section.title, section.rows) for section in body_of(report)
    ]
    assert find(copy, "string(v3:title)") == "Copie du document"


@pytest.mark.parametrize("report", [EVERYTHING, RAPID], ids=["everything", "rapid test"])
def test_every_reference_leads_to_the_words(report) -> None:
    document = document_of(report)
    references = find(document, "//v3:reference/@value")
    places = find(document, "//@ID")
    assert len(places) == len(set(places))
    assert len(references) >= 3
    assert {reference.removeprefix("#") for reference in references} <= set(places)


def test_every_value_is_coded_as_it_was_known() -> None:
    document = document_of(EVERYTHING)
    (section,) = find(document, "//v3:section[v3:title='De tout']")
    said = [
        (find(value, "string(@xsi:type)"), {k: v for k, v in value.attrib.items() if "}" not in k}, value.text)
        for value in find(section, "v3:entry/v3:observation/v3:value")
    ]
    assert said == [
        ("BL", {"value": "true"}, None),
        ("CD", {"nullFlavor": "UNK"}, None),
        ("PQ", {"value": "38.50", "unit": "Cel"}, None),
        ("INT", {"value": "4"}, None),
        ("IVL_INT", {}, None),
        ("INT", {"value": "3"}, None),
        ("TS", {"value": "20261102"}, None),
        ("ST", {}, "des mots"),
        (
            "CD",
            {"code": "260385009", "displayName": "négatif", "codeSystem": "2.16.840.1.113883.6.96"},
            None,
        ),
    ]
    assert find(section, "v3:entry/v3:observation/v3:value/v3:low/@value") == ["2"]
    codes = [
        (code.get("code"), code.get("displayName"), code.get("nullFlavor"))
        for code in find(section, "v3:entry/v3:observation/v3:code")
    ]
    assert codes[2:4] == [("8310-5", "Température corporelle", None), ("72514-3", None, None)]
    assert set(codes[:2] + codes[4:]) == {(None, None, "OTH")}
    assert find(section, "count(v3:entry/v3:substanceAdministration[@moodCode='RQO'])") == 1
    assert find(section, "count(v3:entry/v3:act[@moodCode='RQO'])") == 1


def test_a_rapid_test_says_its_result_and_that_its_device_is_not_known() -> None:
    document = document_of(RAPID)
    assert find(document, "/*/v3:templateId[@root='1.2.250.1.213.1.1.1.59']/@extension") == ["2024.01"]
    assert find(document, "//v3:standardIndustryClassCode/@code") == ["DEPISTAGE"] * 2
    (event,) = find(document, "/*/v3:documentationOf/v3:serviceEvent/v3:code")
    assert event.get("code") == "J02.0"
    assert RAPID.acts[0].display in find(event, "string(v3:originalText)")
    (observation,) = find(document, "//v3:observation")
    assert find(observation, "string(v3:code/@code)") == "78012-2"
    assert find(observation, "string(v3:value/@code)") == "260385009"
    (device,) = find(document, "//v3:participant[@typeCode='DEV']//v3:code")
    assert device.get("nullFlavor") == "UNK"


def test_the_path_of_the_eligibility_is_told() -> None:
    (report,) = [r for name, r in CATALOGUE.items() if name == ODYNO]
    document = document_of(report)
    titles = find(document, "//v3:section/v3:title/text()")
    assert {"Critères d’inclusion", "Critères d’exclusion", "Scores", "Chemin suivi"} <= set(titles)
    (inclusion,) = find(document, "//v3:section[v3:title='Critères d’inclusion']")
    truths = find(inclusion, "v3:entry/v3:observation/v3:value/@value")
    assert truths
    assert set(truths) == {"true"}
    assert {said for _, said in narrative(inclusion)} == {"rempli"}
    (score,) = find(document, "//v3:section[v3:title='Scores']//v3:value/@value")
    assert score == "4"


ODYNO = "odynophagie 2023.1 adulte-test-positif 2023-04-01 odyno-prise-en-charge"


def test_the_type_is_that_of_the_definition_or_of_the_profession() -> None:
    done = [(name.split()[-1], report) for name, report in CATALOGUE.items() if report.done]
    types = {activity: report.type_code.code for activity, report in done}
    tests = [report for activity, report in done if activity == "odyno-trod"]
    # A test whose result nobody wrote down is told as any other act.
    assert {(r.type_code.code, r.screening is None) for r in tests} == {("96173-0", False), ("11506-3", True)}
    assert types["pollak-bandelette"] == "96173-0"
    assert types["asalee-ecg"] == "70004-7"
    assert types["retino-photographies"] == "75492-9"
    assert types["torsion-prise-en-charge"] == "11506-3"
    kinds = {report.type_code.code: told(report_to_cda(report, PDF)) for report in CATALOGUE.values()}
    assert kinds["96173-0"].class_code.code == "52"
    assert kinds["96173-0"].format_code.code == "urn:ans:ci-sis:trod:2024"
    assert kinds["11506-3"].class_code.code == "10"
    assert kinds["11506-3"].format_code.code == "urn:asipSante:modelesHorsProfils:2011"
    for report in (REPORT, RAPID, replace(REPORT, level=1)):
        read = told(report_to_cda(report, PDF))
        assert (read.type_code, read.class_code, read.format_code, read.practice_setting) == (
            report.type_code,
            report.class_code,
            report.format_code,
            report.practice_setting,
        )


@pytest.mark.parametrize("level", [1, 3])
def test_every_act_of_the_catalogue_has_a_valid_document(level) -> None:
    assert len(CATALOGUE) > 200
    faulty = {}
    for name, report in CATALOGUE.items():
        asked = replace(report, level=level)
        assert cda_refusals(asked) == [], name
        if found := departures(CDA, report_to_cda(asked, PDF)):
            faulty[name] = found
    assert faulty == {}


@pytest.mark.parametrize("name", SAMPLE.values())
def test_official_rules_of_sections_and_models(name, rules, tmp_path) -> None:
    report = CATALOGUE[name]
    path = tmp_path / "document.xml"
    path.write_bytes(report_to_cda(report, PDF))
    fired = {}
    for rule, judge in rules.items():
        if rule == BIO_TROD and not report.screening:
            continue
        fired[rule], issues = judge.check(str(path))
        assert issues == [], rule
    assert all(fired.values()) or report.screening


def test_the_rules_would_say_so(rules, tmp_path) -> None:
    """A judge that lets everything pass proves nothing."""
    path = tmp_path / "document.xml"
    data = report_to_cda(RAPID, PDF).replace(b'"DEPISTAGE"', b'"AMBULATOIRE"')
    path.write_bytes(data)
    _, issues = rules[BIO_TROD].check(str(path))
    assert issues
    path.write_bytes(report_to_cda(REPORT, PDF).replace(b'code="55108-5"', b'code="55108-6"'))
    said = [issue for rule, judge in rules.items() for issue in judge.check(str(path))[1]]
    assert said


def test_how_a_document_is_filed_is_told_by_its_header_alone() -> None:
    for report in CATALOGUE.values():
        cda = report_to_cda(report, PDF)
        header, _, body = cda.partition(b"<component>")
        assert b"<code " in body
        assert told(
            header + b"<component><code code='x'/><templateId root='1.2'/></component></ClinicalDocument>"
        ) == told(cda)
