import copy
import pickle
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir import json
from mappings.issues import Refused
from tests.mappings.fhir.mutations import GOOD

NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30).map(str),
    st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9])?", fullmatch=True),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
#: What JSON says, less numbers: they are put in as text, to be compared as text.
VALUES = st.recursive(
    st.none() | st.booleans() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def refusal(body: bytes) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        json.parse(body)
    (issue,) = refused.value.issues
    return issue.code, issue.text


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_what_is_dumped_is_parsed_back(resource: dict[str, Any]) -> None:
    assert json.parse(json.dump(resource)) == resource


@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_numbers_keep_their_text(numbers: list[str]) -> None:
    body = f'{{"n":[{",".join(numbers)}]}}'.encode()
    assert json.dump(json.parse(body)) == body


@pytest.mark.parametrize(
    "text", ["72.50", "0.0000001", "1.0e2", "1E+2", "-0", "-0.0", "123456789012345678901234567890"]
)
def test_number_written_back_as_it_came(text: str) -> None:
    body = f'{{"v":{text}}}'.encode()
    resource = json.parse(body)
    assert json.dump(resource) == body
    assert json.dump(copy.deepcopy(resource)) == body
    assert json.dump(pickle.loads(pickle.dumps(resource))) == body
    assert resource["v"] == Decimal(text)


def test_whole_numbers_stay_int() -> None:
    assert type(json.parse(b'{"v":12}')["v"]) is int


@pytest.mark.parametrize("name", GOOD)
def test_members_keep_their_order(name: str) -> None:
    assert list(json.parse(json.dump(GOOD[name]))) == list(GOOD[name])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "structure"),
        (b"[]", "structure"),
        (b'"x"', "structure"),
        (b"null", "structure"),
        (b'{"a":1,}', "structure"),
        (b'{"a":01}', "structure"),
        (b"{'a':1}", "structure"),
        (b'{"a":1', "structure"),
        (b"{" + b'"a":[' * 100 + b"]" * 100 + b"}", "too-costly"),
        (b'{"a":' + b"9" * 65 + b"}", "structure"),
        (b'{"a":1e65}', "structure"),
        (b'{"a":1e-' + b"9" * 40 + b"}", "structure"),
    ],
)
def test_refused(body: bytes, code: str) -> None:
    assert refusal(body)[0] == code


def test_deep_enough() -> None:
    body = b'{"a":' + b"[" * 99 + b"]" * 99 + b"}"
    assert json.dump(json.parse(body)) == body


def test_brackets_in_texts_do_not_count() -> None:
    hidden = b'{"a":"' + b"[" * 500 + b'\\"' + b"{" * 500 + b'\\\\","b":"}"}'
    assert json.parse(hidden)["b"] == "}"
    # closing brackets in a text must not hide the depth that follows
    assert refusal(b'{"a":"' + b"]" * 500 + b'","b":' + b"[" * 101 + b"]" * 101 + b"}")[0] == "too-costly"


def test_an_escaped_backslash_is_not_an_escape() -> None:
    assert json.parse(b'{"a":"\\\\u0000 \\t"}')["a"] == "\\u0000 \t"


def test_a_surrogate_pair_is_one_character() -> None:
    assert json.parse(b'{"a":"\\ud83d\\ude00"}')["a"] == "\U0001f600"


@pytest.mark.parametrize("escaped", [b"\\b", b"\\f", b"\\u0008", b"\\ud800"])
def test_a_sign_that_xml_cannot_hold_does_not_come_in_escaped(escaped: bytes) -> None:
    assert refusal(b'{"a":"x' + escaped + b'"}')[0] == "structure"


_NAMES = st.sampled_from(["a", "b", "é", 'q"', "\\"])
_LEAVES = st.one_of(
    st.sampled_from(["1", "-1", "0", "-0", "1.0", "1e2", "9" * 17, "9" * 18, "9" * 19, "9" * 25, "true", "null"]),
    st.sampled_from(
        ['""', '"a"', '"\\""', '"\\\\"', '"\\n"', '"\\u0022"', '"\\u0022\\u0022"', '"\\/"', '"\uffff"', '"1.5"']
    ),
)
_SPACES = st.sampled_from(["", " ", "\n\t"])


@st.composite
def _written(draw: st.DrawFn, depth: int = 3) -> str:
    """JSON as anybody may write it: spaces anywhere, a name twice, numbers and escapes of every kind."""
    space = draw(_SPACES)
    kind = draw(st.integers(0, 2)) if depth else 0
    if kind == 0:
        return space + draw(_LEAVES) + space
    items = [draw(_written(depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    if kind == 1:
        return f"{space}[{','.join(items) or space}]{space}"
    names = [json.dump(draw(_NAMES)).decode() for _ in items]  # type: ignore[arg-type]  # a name is a text
    return f"{space}{{{','.join(f'{space}{n}{space}:{i}' for n, i in zip(names, items, strict=True)) or space}}}{space}"


@given(_written())
def test_both_parsers_read_alike(text: str) -> None:
    body = f'{{"a":{text}}}'.encode()
    try:
        wanted: object = json._careful(body)
    except Refused as refused:
        wanted = refused.issues
    try:
        found: object = json.parse(body)
    except Refused as refused:
        found = refused.issues
    assert (found, repr(found)) == (wanted, repr(wanted))


def test_a_plain_body_is_read_by_the_faster_parser() -> None:
    assert json._plain(b'{"a": ["1:2,3", {"b": "\\"\\n"}], "c": null}') == {"a": ["1:2,3", {"b": '"\n'}], "c": None}


def test_a_refusal_says_nothing_of_the_content() -> None:
    for body in (b'{"family":"DUPONT" "given"}', b'{"DUPONT Jean":1,"DUPONT Jean":2}', b'{"a":"DUPONT\\u0000"}'):
        assert "DUPONT" not in refusal(body)[1]


def test_a_number_that_is_none_is_never_written() -> None:
    with pytest.raises(TypeError):
        json.dump({"value": Decimal("NaN")})


NESTED = st.recursive(st.just(0), lambda inner: st.lists(inner, max_size=4) | st.fixed_dictionaries({"a[": inner}))


@given(NESTED, st.integers(90, 110))
def test_any_nesting_is_measured_as_it_is(inner: Any, levels: int) -> None:
    def depth(value: Any) -> int:
        below = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
        return (not isinstance(value, int)) + max(map(depth, below), default=0)

    for n in range(levels):
        inner = [inner, {}] if n % 3 else {"b": inner, 'c\\"[': []}
    body = orjson.dumps({"x": inner})
    if depth({"x": inner}) > json.DEPTH:
        with pytest.raises(Refused):
            json.parse(body)
    else:
        assert json.parse(body) == {"x": inner}
