"""JSON Patch against RFC 6902, its appendix A, and what could hurt."""

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir.json import dump, parse
from mappings.fhir.patch import json_patch, operations_of, patch_of
from mappings.issues import Refused

Json = Any


def patched(document: Json, *operations: Json) -> Json:
    """As if ``document`` stood in a resource: a patch is of objects."""
    return json_patch(list(operations))({"it": document})["it"]


def op(op: str, path: str, **more: Json) -> Json:
    return {"op": op, "path": f"/it{path}", **more}


@pytest.mark.parametrize(
    ("before", "operation", "after"),
    [
        ({"foo": "bar"}, op("add", "/baz", value="qux"), {"foo": "bar", "baz": "qux"}),  # A.1
        (["bar", "baz"], op("add", "/1", value="qux"), ["bar", "qux", "baz"]),  # A.2
        (["bar"], op("add", "/-", value=["abc", "def"]), ["bar", ["abc", "def"]]),  # A.16
        (["bar"], op("add", "/1", value=1), ["bar", 1]),
        ({"foo": 1}, op("add", "/foo", value=None), {"foo": None}),
        ({"baz": "qux", "foo": "bar"}, op("remove", "/baz"), {"foo": "bar"}),  # A.3
        (["bar", "qux", "baz"], op("remove", "/1"), ["bar", "baz"]),  # A.4
        ({"baz": "qux"}, op("replace", "/baz", value="boo"), {"baz": "boo"}),  # A.5
        (["a", "b"], op("replace", "/1", value="c"), ["a", "c"]),
        ({"a": {"b": 1}, "c": {}}, op("move", "/c/d", **{"from": "/it/a/b"}), {"a": {}, "c": {"d": 1}}),  # A.6
        (["all", "grass", "cows", "eat"], op("move", "/3", **{"from": "/it/1"}), ["all", "cows", "eat", "grass"]),
        ({"a": 1}, op("move", "/a", **{"from": "/it/a"}), {"a": 1}),
        ({"a": [1]}, op("copy", "/b", **{"from": "/it/a"}), {"a": [1], "b": [1]}),
        ({"baz": "qux"}, op("test", "/baz", value="qux"), {"baz": "qux"}),  # A.8
        ({"": 1, "a/b": 2, "m~n": 3}, op("replace", "/a~1b", value=4), {"": 1, "a/b": 4, "m~n": 3}),  # A.14
        ({"": 1, "~1": 10}, op("test", "/~01", value=10), {"": 1, "~1": 10}),
        ({"": 1}, op("test", "/", value=1), {"": 1}),
        ({"a": 1}, op("test", "/a", value=Decimal("1.0")), {"a": 1}),
        ({"foo": "bar"}, op("add", "/baz", value="qux", xyz=123), {"foo": "bar", "baz": "qux"}),  # A.11
    ],
)
def test_each_operation_does_what_the_rfc_says(before: Json, operation: Json, after: Json) -> None:
    kept = copy.deepcopy(before)
    assert patched(before, operation) == after
    assert before == kept


@pytest.mark.parametrize(
    ("document", "operation"),
    [
        ({"a": 1}, op("test", "/a", value=2)),  # A.9
        ({"a": True}, op("test", "/a", value=1)),
        ({"a": "10"}, op("test", "/a", value=10)),  # A.15
        ({"a": [1]}, op("test", "/a", value=[1, 2])),
        ({"foo": "bar"}, op("add", "/baz/bat", value="qux")),  # A.12
        ({"a": 1}, op("remove", "/b")),
        ({"a": 1}, op("replace", "/b", value=1)),
        ([1], op("add", "/2", value=1)),
        ([1], op("add", "/01", value=1)),
        ([1], op("add", "/-1", value=1)),
        ([1], op("remove", "/-")),
        ([1], op("replace", "/1", value=1)),
        ({"a": {"b": 1}}, op("move", "/a/b/c", **{"from": "/it/a"})),
        ({"a": 1}, op("copy", "/b", **{"from": "/it/c"})),
    ],
)
def test_what_leads_nowhere_is_refused_with_its_place(document: Json, operation: Json) -> None:
    fine = op("test", "", value=document)
    with pytest.raises(Refused) as refused:
        patched(document, fine, operation)
    assert [(issue.code, issue.expression) for issue in refused.value.issues] == [("value", "[1]")]


@pytest.mark.parametrize(
    "operations",
    [
        None,
        {},
        "x",
        [1],
        [{}],
        [{"op": "add", "path": "/a"}],
        [{"op": "delete", "path": "/a"}],
        [{"op": "remove"}],
        [{"op": "remove", "path": "a"}],
        [{"op": "remove", "path": "/~2"}],
        [{"op": "remove", "path": 1}],
        [{"op": "copy", "path": "/a"}],
        [{"op": ["add"], "path": "/a"}],
        [{"op": "remove", "path": "/a" * 101}],
        [{"op": "test", "path": "/a", "value": 1}] * 1_001,
    ],
)
def test_what_is_no_patch_is_refused_before_it_is_tried(operations: Json) -> None:
    with pytest.raises(Refused) as refused:
        json_patch(operations)
    assert {issue.code for issue in refused.value.issues} == {"structure"}


def test_copies_do_not_grow_without_end() -> None:
    doubled = [{"op": "copy", "from": "", "path": f"/x{n}"} for n in range(60)]
    deeper = [{"op": "copy", "from": "", "path": "/a" * (n % 90 + 1)} for n in range(200)]
    pulled = [{"op": "move", "from": f"/{n % 2}", "path": f"/{(n + 1) % 2}"} for n in range(1_000)]
    for operations in (doubled, deeper, pulled):
        with pytest.raises(Refused) as refused:
            json_patch(operations)({"a": {}, "0": ["x" * 500] * 500})
        assert {issue.code for issue in refused.value.issues} <= {"too-costly", "value"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab~/", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/", max_size=2), inner, max_size=3),
    max_leaves=8,
)


def pointers(node: Json, at: str = "") -> list[str]:
    """Every pointer of ``node`` but that of the whole."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = []
    for key, value in pairs:
        here = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
        found += [here, *pointers(value, here)]
    return found


@given(st.dictionaries(st.text("ab~/", max_size=2), json_values, min_size=1, max_size=4), st.data())
def test_what_was_taken_and_put_back_is_the_same(document: Json, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(pointers(document)))
    there = {"op": "copy", "from": path, "path": "/zz"}
    gone, back = {"op": "remove", "path": path}, {"op": "move", "from": "/zz", "path": path}
    assert json_patch([there, gone, back])(document) == document


def test_numbers_keep_their_digits() -> None:
    operations = operations_of(b'[{"op":"add","path":"/value","value":1.500}]')
    assert dump(json_patch(operations)({})) == b'{"value":1.500}'
    for body in (b"", b"{", b"[]}", b"[],", b'[]}{"a":1', b"\xff"):
        with pytest.raises(Refused):
            json_patch(operations_of(body))


def test_an_entry_holds_its_patch_in_a_binary() -> None:
    import base64

    data = base64.b64encode(b'[{"op":"add","path":"/a","value":1}]').decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}
    assert patch_of(binary, "Bundle.entry[0].resource")({}) == {"a": 1}
    for bad in (binary | {"data": "é"}, binary | {"contentType": "text/plain"}, {"resourceType": "Patient"}, {}):
        with pytest.raises(Refused):
            patch_of(bad, "Bundle.entry[0].resource")
    assert parse(b"{}") == {}
