"""The Schematron files of others, made into what the small runner takes: one file, no include, no abstract pattern.

ISO/IEC 19757-3: ``include``, ``is-a`` with its parameters, and the patterns of the default phase alone. A pattern's
variables are known to all the others, as the reference implementation has it.
"""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from lxml import etree

from tests.mappings.schemas import reference, tool

_SCH = "{http://purl.oclc.org/dsdl/schematron}"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
_TREE = "cda/ans-no-licence/ci-sis"
MINIMAL = "cda/ans-no-licence/schematron/ASIP-STRUCT-MIN-StrucMin.sch"
#: Sections and entries: those of IHE, those that France restricts, those of the ANS.
SECTIONS = ("profils/IHE.sch", "profils/CI-SIS_ModelesDeContenusCDA.sch", "profils/CI-SIS_Modeles_ANS.sch")
BIO_TROD = "CI-SIS_BIO-TROD_2024.01.sch"


def _loaded(path: Path) -> etree._Element:
    root = etree.parse(path, _PARSER).getroot()
    for include in list(root.iter(f"{_SCH}include")):
        parent = include.getparent()
        assert parent is not None
        parent.replace(include, _loaded(_named(path.parent / include.get("href", ""))))
    return root


def _named(path: Path) -> Path:
    """The authors' disk took no notice of case."""
    return next(one for one in path.parent.iterdir() if one.name.lower() == path.name.lower())


def _instance(pattern: etree._Element, abstract: etree._Element) -> etree._Element:
    values = {one.get("name", ""): one.get("value", "") for one in pattern.findall(f"{_SCH}param")}
    names = re.compile("|".join(rf"\${re.escape(name)}\b" for name in sorted(values, key=len, reverse=True)) or "$^")
    made = copy.deepcopy(abstract)
    del made.attrib["abstract"]
    made.set("id", pattern.get("id", ""))
    for element in made.iter():
        for name, text in element.attrib.items():
            element.set(name, names.sub(lambda found: values[found[0][1:]], text))
    return made


def _flattened(path: Path) -> bytes:
    schema = _loaded(path)
    patterns = {one.get("id"): one for one in schema.findall(f"{_SCH}pattern")}
    phase = next(one for one in schema.findall(f"{_SCH}phase") if one.get("id") == schema.get("defaultPhase"))
    active = [one.get("pattern") for one in phase.findall(f"{_SCH}active")]
    for pattern in patterns.values():
        schema.remove(pattern)
    for phase in schema.findall(f"{_SCH}phase"):
        schema.remove(phase)
    for name in active:
        pattern = patterns.get(name)
        if pattern is None:
            continue  # named by the phase and in no file
        is_a = pattern.get("is-a")
        made = _instance(pattern, patterns[is_a]) if is_a else pattern
        for let in made.findall(f"{_SCH}let"):
            made.remove(let)
            schema.insert(0, let)
        schema.append(made)
    return etree.tostring(schema)


#: What the child does: compiles the rules, then judges each file that it is told.
_CHILD = """
import json, sys
sys.path.insert(0, sys.argv[1])
from schematron import MiniSchematron
judge = MiniSchematron(sys.argv[2])
for line in sys.stdin:
    print(json.dumps(judge.check(line.removesuffix("\\n"))), flush=True)
"""


class Judge:
    """The small runner over one file of rules, in a process of its own: it keeps half a gigabyte until it is closed."""

    def __init__(self, rules: Path) -> None:
        command = [sys.executable, "-c", _CHILD, str(tool("check-cda/schematron.py").parent), str(rules)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def check(self, path: str) -> tuple[int, list[tuple[str, str, str]]]:
        """How many rules fired; then (severity, text, place) of each that was not met."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        print(path, file=self._child.stdin, flush=True)
        fired, issues = json.loads(self._child.stdout.readline())
        return fired, [tuple(issue) for issue in issues]

    def close(self) -> None:
        self._child.communicate()


@contextmanager
def minimal_structure() -> Iterator[Judge]:
    with closing(Judge(reference(MINIMAL))) as judge:
        yield judge


@contextmanager
def sections_and_models(room: Path) -> Iterator[dict[str, Judge]]:
    """By file, its rules; ``room`` is an empty folder, where value sets are found as the rules expect them."""
    tree = reference(_TREE)
    tool("check-cda/schematron.py")
    (room / "jeuxDeValeurs").symlink_to(tree / "jeuxDeValeurs")
    with ExitStack() as stack:
        rules = {}
        for name in (*SECTIONS, BIO_TROD):
            flat = room / "schematrons" / name
            flat.parent.mkdir(parents=True, exist_ok=True)
            flat.write_bytes(_flattened(tree / "schematrons" / name))
            rules[name] = stack.enter_context(closing(Judge(flat)))
        yield rules
