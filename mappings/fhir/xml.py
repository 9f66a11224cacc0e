"""FHIR XML: bytes to the dict that JSON would give, and back (https://hl7.org/fhir/R4/xml.html).

Order, types and attributes come from the tables of ``definitions``. What is read is not yet checked: a value of the
wrong format stays as its text, for ``structure`` to name. Comments are lost, JSON has no place for them; a narrative
keeps its XHTML, respelled as lxml writes it.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain, zip_longest
from typing import Any, Final

from lxml import etree

from mappings import hardened_xml
from mappings.elements import Json
from mappings.fhir import json
from mappings.fhir.definitions import RELEASE, Definition, Element, carried, definition
from mappings.fhir.faults import Fault, step, to_issues
from mappings.fhir.narrative import XHTML, fault_of_tree
from mappings.issues import Issue, IssueCode, Refused

FHIR: Final = "http://hl7.org/fhir"

_SCHEMA_LOCATION: Final = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
#: Table of what may stand beside a primitive value.
_COMPANION: Final = "FHIRPrimitiveExtension"
# lxml takes None for the default namespace; its stubs do not know it
_DEFAULT_FHIR: Final[Any] = {None: FHIR}
_DEFAULT_XHTML: Final[Any] = {None: XHTML}
#: ``value``, ``id``, ``url``; more are not read: lxml reads them in a time that grows as their square.
_MOST_ATTRIBUTES: Final = 3
_NUMBERS: Final = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})
_BOOLEANS: Final = {"true": True, "false": False}

_NAMESPACE: Final = "L’élément « {} » n’est pas dans l’espace de noms attendu."
_UNKNOWN: Final = "L’élément « {} » n’existe pas dans FHIR R4."
_ATTRIBUTE: Final = "L’élément « {} » porte un attribut que FHIR n’admet pas."
_ORDER: Final = "L’élément « {} » n’est pas à la place que FHIR lui donne."
_TWICE: Final = "L’élément « {} » ne se répète pas."
_TEXT: Final = "L’élément « {} » contient du texte : en XML, une valeur FHIR est un attribut."
_EMPTY: Final = "L’élément « {} » n’a ni valeur ni contenu (ele-1)."
_HOLDER: Final = "L’élément « {} » doit contenir une ressource et une seule."
_NO_SUCH_TYPE: Final = "Le type de la ressource « {} » n’est pas un type FHIR R4 pris en charge."


def resource_from_xml(body: bytes) -> Json:
    """The resource in a body; ``Refused`` with every fault of its XML."""
    if len(body) > json.LENGTH:
        raise _refused("too-long", "Le corps de la requête dépasse 5 Mo.")
    root = hardened_xml.parse(body)
    if (root.getroottree().docinfo.encoding or "UTF-8").upper() not in ("UTF-8", "ASCII"):
        raise _refused("structure", "Le corps de la requête n’est pas encodé en UTF-8.")
    if any(isinstance(node, etree._ProcessingInstruction) for node in _nodes(root)):
        raise _refused("structure", "Le document XML contient une instruction de traitement, interdite.")
    # where a schema lies is the sender's affair: never followed, never kept
    root.attrib.pop(_SCHEMA_LOCATION, "")
    reading = _Reading()
    resource = reading.resource(root, step(etree.QName(root).localname)[1:])
    if reading.faults:
        raise Refused(to_issues("", reading.faults, RELEASE))
    return resource


def resource_to_xml(resource: Json, *, pretty: bool = False) -> bytes:
    """The XML of a resource that ``structure.check`` finds nothing against."""
    root = etree.Element(_tag(resource["resourceType"]), nsmap=_DEFAULT_FHIR)
    _write(root, definition(resource["resourceType"]), resource)
    if pretty:
        _indent(root, "\n")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────


class _Reading:
    """One document being read; its faults are collected, and what stands at a fault is left out."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def resource(self, node: etree._Element, path: str) -> Json:
        name = etree.QName(node)
        if name.namespace != FHIR:
            self._fault(path, _NAMESPACE)
        elif not carried(name.localname):
            self.faults.append(Fault(path, "not-supported", _NO_SUCH_TYPE))
        else:
            return {"resourceType": name.localname} | self._object(node, definition(name.localname), path)
        return {}

    def _object(self, node: etree._Element, table: Definition, path: str) -> Json:
        value = self._attributes(node, table, path)
        self._refuse_text(node, path)
        order = list(table.elements)
        last, counts = -1, dict[str, int]()
        for child in node.iterchildren(tag=etree.Element):
            name = etree.QName(child).localname
            element = table.elements.get(name)
            if element is None or _is_attribute(element, table):
                self._fault(path + step(name), _UNKNOWN)
                continue
            index = counts[name] = counts.get(name, -1) + 1
            here = f"{path}.{element.path_name}" + (f"[{index}]" if element.many else "")
            place = order.index(name)
            if place < last:
                self._fault(here, _ORDER)
            elif index and not element.many:
                self._fault(here, _TWICE)
            else:
                self._member(child, element, value, here, index)
            last = max(place, last)
        return value

    def _attributes(self, node: etree._Element, table: Definition, path: str) -> Json:
        value: Json = {}
        if len(node.attrib) > _MOST_ATTRIBUTES:
            self._fault(path, _ATTRIBUTE)
            return value
        for name, text in node.attrib.items():
            element = table.elements.get(str(name))
            if element is not None and _is_attribute(element, table):
                value[element.name] = text
            else:
                self._fault(path, _ATTRIBUTE)
        return value

    def _member(self, child: etree._Element, element: Element, value: Json, path: str, index: int) -> None:
        namespace = XHTML if element.type == "xhtml" else FHIR
        if etree.QName(child).namespace != namespace:
            self._fault(path, _NAMESPACE)
        elif element.type == "xhtml" and (sentence := fault_of_tree(child)):
            self.faults.append(Fault(path, "invariant", sentence))
        elif element.type == "xhtml":
            value[element.name] = _spelled(child)
        elif element.type == "Resource":
            _put(value, element, self._held(child, path))
        elif element.primitive:
            self._primitive(child, element, value, path, index)
        else:
            _put(value, element, self._object(child, definition(element.type), path))

    def _held(self, node: etree._Element, path: str) -> Json:
        held = list(node.iterchildren(tag=etree.Element))
        self._refuse_text(node, path)
        if len(held) != 1 or node.attrib:
            self._fault(path, _HOLDER)
            return {}
        return self.resource(held[0], path)

    def _primitive(self, node: etree._Element, element: Element, value: Json, path: str, index: int) -> None:
        # the companion's table knows nothing of the value: it is taken off before
        text = node.get("value")
        node.attrib.pop("value", "")
        companion = self._object(node, definition(_COMPANION), path)
        read = None if text is None else _value(element, text)
        if read is None and not companion:
            self._fault(path, _EMPTY)
        if not element.many:
            value.update({element.name: read} if read is not None else {})
            value.update({f"_{element.name}": companion} if companion else {})
            return
        _place(value, element.name, index, read)
        _place(value, f"_{element.name}", index, companion or None)

    def _refuse_text(self, node: etree._Element, path: str) -> None:
        if (node.text or "").strip() or any((child.tail or "").strip() for child in node):
            self._fault(path, _TEXT)

    def _fault(self, path: str, text: str) -> None:
        self.faults.append(Fault(path, "structure", text))


def _nodes(root: etree._Element) -> Iterator[etree._Element]:
    return chain(root.itersiblings(preceding=True), root.iter(), root.itersiblings())


def _put(value: Json, element: Element, read: Json) -> None:
    if element.many:
        value.setdefault(element.name, []).append(read)
    else:
        value[element.name] = read


def _place(value: Json, name: str, index: int, read: Any) -> None:
    """Two arrays of one length, null where there is nothing, and no array of nothing but null."""
    if name in value:
        value[name].append(read)
    elif read is not None:
        value[name] = [None] * index + [read]


def _value(element: Element, text: str) -> Any:
    if element.type == "boolean":
        return _BOOLEANS.get(text, text)
    if element.type in _NUMBERS:
        number = json.number(text)
        return text if number is None else number
    return text


def _spelled(div: etree._Element) -> str:
    """The XHTML with its namespace as the default one, as JSON wants it."""
    return etree.tostring(_plain(div), encoding="unicode", with_tail=False)


def _plain(node: etree._Element) -> etree._Element:
    if isinstance(node, etree._Comment):
        return etree.Comment(node.text)
    plain = etree.Element(node.tag, {str(k): str(v) for k, v in node.attrib.items()}, nsmap=_DEFAULT_XHTML)
    plain.text = node.text
    for child in node:
        copy = _plain(child)
        copy.tail = child.tail
        plain.append(copy)
    return plain


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────────


def _write(node: etree._Element, table: Definition, value: Json) -> None:
    for element in table.elements.values():
        if element.name not in value and f"_{element.name}" not in value:
            continue
        if _is_attribute(element, table):
            node.set(element.name, value[element.name])
        elif element.many:
            for one, beside in zip_longest(value.get(element.name, ()), value.get(f"_{element.name}", ())):
                _write_one(node, element, one, beside)
        else:
            _write_one(node, element, value.get(element.name), value.get(f"_{element.name}"))


def _write_one(parent: etree._Element, element: Element, value: Any, companion: Json | None) -> None:
    if element.type == "xhtml":
        parent.append(hardened_xml.parse(value.encode()))
        return
    node = etree.SubElement(parent, _tag(element.name))
    if element.primitive:
        if value is not None:
            node.set("value", _text(value))
        if companion:
            _write(node, definition(_COMPANION), companion)
    elif element.type == "Resource":
        held = etree.SubElement(node, _tag(value["resourceType"]))
        _write(held, definition(value["resourceType"]), value)
    else:
        _write(node, definition(element.type), value)


def _indent(node: etree._Element, line: str) -> None:
    """Elements of FHIR one under the other; a narrative keeps its own spaces."""
    held = list(node)
    if not held or etree.QName(node).namespace == XHTML:
        return
    node.text = f"{line}  "
    for child in held:
        _indent(child, f"{line}  ")
        child.tail = f"{line}  "
    held[-1].tail = line


def _text(value: str | bool | int | Decimal) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.number_text(value)


def _is_attribute(element: Element, table: Definition) -> bool:
    """``id`` of an element, not of a resource, and ``url`` of an extension are XML attributes."""
    return not table.resource and (element.name == "id" or (element.name == "url" and table.name == "Extension"))


def _tag(name: str) -> str:
    return f"{{{FHIR}}}{name}"


def _refused(code: IssueCode, text: str) -> Refused:
    return Refused(Issue(code, "", text, f"{RELEASE}, xml.html"))
