"""Pages of a search: all of it, each once, and links that tell nobody what was asked."""

from tests.doors import House


def test_pages_follow_each_other_to_the_end(house: House) -> None:
    whole = house.client.get("/fhir/PractitionerRole?_count=500").get_json()["entry"]
    url, seen = "/fhir/PractitionerRole?role=DELEGATOR,DELEGATEE&_count=3", []
    while url:
        page = house.client.get(url).get_json()
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        assert all("DELEGA" not in link for link in links.values())
        url = links.get("next", "")
    assert len(seen) == len(set(seen)) == len(whole) == 20


def test_a_cursor_of_another_search_or_of_nobody_is_refused(house: House) -> None:
    links = house.client.get("/fhir/PractitionerRole?_count=3").get_json()["link"]
    following = next(link["url"] for link in links if link["relation"] == "next")
    assert house.client.get(following.replace("PractitionerRole", "Practitioner")).status_code == 400
    assert house.client.get(following[:-3] + "AAA").status_code == 400
