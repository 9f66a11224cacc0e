"""Who reads the files of an $export, and how long they are there (Bulk Data Access 2.0)."""

import datetime as dt
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.api.exports import done, exported, keys, kick_off, lines, manifest, path, worker
from tests.doors import DELEGATOR, NOW, OTHER_DELEGATOR, House, outcome


def test_only_who_asked_reads_it(acted: House) -> None:
    mine, other = acted.token(DELEGATOR), acted.token(OTHER_DELEGATOR)
    status = kick_off(acted, **mine)
    for headers in ({}, other):
        outcome(acted.client.get(status, headers=headers), 404)
        outcome(acted.client.delete(status, headers=headers), 404)
    assert acted.client.get(status, headers=mine).status_code == 202
    assert worker(acted).turn()
    told = manifest(acted, status, **mine)
    assert told["requiresAccessToken"] is True
    for each in told["output"]:
        for headers in ({}, other):
            outcome(acted.client.get(path(each["url"]), headers=headers), 404)
    assert lines(acted, told, **mine)


def test_no_address_names_anybody(acted: House) -> None:
    told = manifest(acted, done(acted, "$export"))
    patients = [each["id"] for each in lines(acted, told) if each["resourceType"] == "Patient"]
    for each in told["output"]:
        assert not any(patient in each["url"] for patient in patients)


@pytest.mark.parametrize("finished", [False, True])
def test_a_cancelled_export_is_no_more(acted: House, finished: bool) -> None:
    status = kick_off(acted)
    urls = []
    if finished:
        assert worker(acted).turn()
        urls = [path(each["url"]) for each in manifest(acted, status)["output"]]
    assert acted.client.delete(status).status_code == 202
    for url in (status, *urls):
        outcome(acted.client.get(url), 404)
    outcome(acted.client.delete(status), 404)
    assert not worker(acted).turn()
    assert not list(Path(acted.settings.exports).glob("*/*"))


def test_files_go_after_their_time_and_the_next_export_still_goes_on_from_there(acted: House) -> None:
    first = manifest(acted, status := done(acted, "$export"))
    assert list(Path(acted.settings.exports).glob("*/*"))
    worker(acted, NOW + dt.timedelta(hours=23)).turn()
    assert list(Path(acted.settings.exports).glob("*/*"))
    worker(acted, NOW + dt.timedelta(hours=24)).turn()
    assert not list(Path(acted.settings.exports).glob("*/*"))
    outcome(acted.client.get(status), 404)
    assert not keys(exported(acted, f"$export?_since={first['transactionTime']}"))


def test_nothing_is_there_for_who_makes_up_an_address(shared: House) -> None:
    for url in ("export/none", "export-file/none", "export-file/none.1", "export-file/.1", "export/none/x"):
        outcome(shared.client.get(f"/fhir/{url}"), 404)


def test_a_file_that_was_lost_is_not_there(acted: House) -> None:
    told = manifest(acted, done(acted, "$export?_type=Patient"))
    for file in Path(acted.settings.exports).glob("*/*"):
        file.unlink()
    answer: TestResponse = acted.client.get(path(told["output"][0]["url"]))
    outcome(answer, 404)
