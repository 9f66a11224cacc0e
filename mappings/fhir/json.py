"""FHIR JSON: bytes in, a plain dict whose numbers keep their digits, and back (https://hl7.org/fhir/R4/json.html).

Strict, because what two readers would read differently must not come in: one encoding, one value a key, no number
that is not one, no character that a store or XML cannot hold. What FHIR says of the content is ``structure``'s.
Unlike the rest, a body that is not JSON is refused at its first fault: what follows would be guesswork.
"""

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final, NoReturn

import orjson

from mappings.elements import Json
from mappings.fhir.written import Written
from mappings.issues import Issue, IssueCode, Refused

#: Longest body, in bytes.
LENGTH: Final = 5_000_000
#: Deepest nesting of objects and arrays.
DEPTH: Final = 100
#: Most members and items in one body, and most members in one object.
NODES: Final = 400_000
MEMBERS: Final = 1_000
#: Longest number in characters, and farthest exponent.
DIGITS: Final = 64
EXPONENT: Final = 64

_REFERENCE: Final = "FHIR R4 4.0.1, json.html"

_NOT_SKELETON: Final = bytes(set(range(256)) - set(b'[]{}"'))
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
#: Whole numbers that both Python and the writer keep as they stand; anything longer is a Decimal.
_PLAIN_INTEGER: Final = 18
#: Control characters but tab, line feed, carriage return; halves of a surrogate pair; what XML 1.0 has no way to say.
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Escapes of signs that may be forbidden.
_ESCAPED: Final = re.compile(rb"\\[ubf]")
#: How a number begins, what stands right before it, and how what comes before that ends: each told as one sign.
_SIGNS: Final = bytes.maketrans(b"123456789-,}]el", b'0000000000:""""')
_SPACE: Final = b" \t\r\n"
_FIRST_NUMBER: Final = re.compile(rb"\[[ \t\r\n]*[-0-9]")
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_ELEMENT_NAME: Final = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")


def parse(body: bytes) -> Json:
    """The object in a body; ``Refused`` when it is not strict JSON of a reasonable size."""
    _refuse_foreign(body)
    _refuse_excess(body)
    return _plain(body) or _careful(body)


def _plain(body: bytes) -> Json:
    """What most bodies are, read by a faster parser; nothing where it might read otherwise than ``_careful`` does.

    It keeps the last of two values of one key, and reads a number without its digits.
    """
    if _ESCAPED.search(body) or b"\xef\xbf" in body or _may_hold_a_number(body) or body.count(b",") >= MEMBERS:
        return {}
    try:
        resource = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    # Nothing is dropped without its quotes: a key has two, and no escape here makes one of another sign.
    if type(resource) is not dict or orjson.dumps(resource).count(b'"') != body.count(b'"'):
        return {}
    return resource


def _may_hold_a_number(body: bytes) -> bool:
    """A number follows a name, the comma after what is none, or a bracket; a text may look alike."""
    return b'":0' in body.translate(_SIGNS, _SPACE) or _FIRST_NUMBER.search(body) is not None


def _careful(body: bytes) -> Json:
    text = _text(body)
    try:
        resource = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        # from None: the error quotes the body
        raise _refused("structure", _syntax(error.lineno, error.colno)) from None
    if not isinstance(resource, dict):
        raise _refused("structure", "Le corps de la requête doit être un objet JSON.")
    # only an escape brings in a control character or half a surrogate pair: the parser and UTF-8 stop them otherwise
    if "\ufffe" in text or "\uffff" in text or (_ESCAPED.search(body) and _forbidden_within(resource)):
        raise _refused(
            "structure", "Un texte contient un caractère interdit (caractère de contrôle ou demi-caractère)."
        )
    return resource


def dump(resource: object, *, pretty: bool = False) -> bytes:
    """UTF-8, compact unless ``pretty``, members in their order, each number with the digits it had."""
    return orjson.dumps(resource, default=_number, option=orjson.OPT_INDENT_2 if pretty else None)


def number(text: str) -> int | Decimal | None:
    """A number as JSON writes it, its digits kept; None for any other text."""
    if not _NUMBER.fullmatch(text):
        return None
    return _integer(text) if text.lstrip("-").isdecimal() else _decimal(text)


def number_text(number: int | Decimal) -> str:
    """A number as it stood in the body it came from."""
    return number.text if isinstance(number, Written) else str(number)


def _refuse_foreign(body: bytes) -> None:
    if len(body) > LENGTH:
        raise _refused("too-long", "Le corps de la requête dépasse 5 Mo.")
    if body.startswith(b"\xef\xbb\xbf"):
        raise _refused("structure", "Le corps de la requête commence par une marque d’ordre des octets, interdite.")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        # from None: the error holds the body
        raise _refused("structure", "Le corps de la requête n’est pas encodé en UTF-8.") from None


def _refuse_excess(body: bytes) -> None:
    """Bounds depth and size before the parser, which is recursive, sees anything."""
    openings = body.count(b"[") + body.count(b"{")
    if openings + body.count(b",") > NODES:
        raise _refused("too-costly", "Le corps de la requête compte trop d’éléments.")
    if openings > DEPTH and _is_too_deep(body):
        raise _refused("too-costly", f"Le corps de la requête imbrique plus de {DEPTH} niveaux.")


def _is_too_deep(body: bytes) -> bool:
    """Nested deeper than ``DEPTH``: brackets alone are kept, less those between quotes."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside = left = b"".join(body.translate(None, _NOT_SKELETON).split(b'"')[::2])
    # Taking away the innermost pairs leaves nothing after a few rounds of one or two levels each: counting is dear.
    for _ in range(DEPTH // 2):
        left = left.replace(b"{}", b"").replace(b"[]", b"")
        if not left:
            return False
    return max(accumulate(map(_STEP.__getitem__, outside))) > DEPTH


def _object(pairs: list[tuple[str, Any]]) -> Json:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refused("structure", _twice(pairs))
    if len(members) > MEMBERS:
        raise _refused("too-costly", f"Un objet compte plus de {MEMBERS} éléments.")
    return members


def _twice(pairs: list[tuple[str, Any]]) -> str:
    names = [name for name, _ in pairs]
    name = next(name for name in names if names.count(name) > 1)
    named = f" « {name} »" if _ELEMENT_NAME.fullmatch(name) else ""
    return f"L’élément{named} figure deux fois dans le même objet."


def _integer(text: str) -> int | Decimal:
    if len(text) <= _PLAIN_INTEGER and text != "-0":
        return int(text)
    return _decimal(text)


def _decimal(text: str) -> Decimal:
    exponent = text.lower().partition("e")[2]
    if len(text) > DIGITS or abs(int(exponent or "0")) > EXPONENT:
        raise _refused("structure", f"Un nombre dépasse {DIGITS} chiffres ou un exposant de {EXPONENT}.")
    number = Decimal(text)
    return number if str(number) == text else Written(text)


def _constant(name: str) -> NoReturn:
    raise _refused("structure", "NaN et Infinity ne sont pas des nombres JSON.")


def _forbidden_within(value: Any) -> bool:
    if isinstance(value, str):
        return _FORBIDDEN.search(value) is not None
    if isinstance(value, dict):
        return any(_FORBIDDEN.search(name) or _forbidden_within(member) for name, member in value.items())
    return isinstance(value, list) and any(map(_forbidden_within, value))


def _number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(number_text(value))
    raise TypeError(f"not a FHIR value: {type(value).__name__}")


def _syntax(line: int, column: int) -> str:
    return f"Le corps de la requête n’est pas un document JSON valide (ligne {line}, colonne {column})."


def _refused(code: IssueCode, text: str) -> Refused:
    return Refused(Issue(code, "", text, _REFERENCE))


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_decimal, parse_int=_integer, parse_constant=_constant
)
