"""docs/bill-facts.md is numbered, has evidence for each fact, and holds every section that code and tests cite."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "bill-facts.md"
TEXT = PAGE.read_text()
EVIDENCE = ("documented", "live", "seen in a client", "inferred", "unknown")
CITING = ("bill_api", "bill_cli", "bill_simulator", "bill_singer", "tap_bill", "tap_bill_csv", "target_bill", "tests")
SECTIONS = {
    int(number): body
    for number, body in re.findall(r"^## (\d+)\. .*?\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
}
FACTS = re.findall(r"^\| (\d+)\.(\d+) \| (.+) \| (.+?) \|$", TEXT, re.MULTILINE)
CLAIM = re.compile(r"\b(documented|live|seen in a client)\b[^().;:]{0,30}: section (\d+), (\d+)")
CITATION = re.compile(r"\bsection (\d+)(?:, (\d+)(?![\w-]))?|\bsections (\d+(?:(?:, | and | to |, and )\d+)*)")


def citations() -> list[tuple[str, int, int | None]]:
    """File, section, and number of the fact where one is named."""
    found: list[tuple[str, int, int | None]] = []
    here = Path(__file__)
    for path in sorted(each for room in CITING for each in (ROOT / room).rglob("*.py")):
        if path == here:
            continue
        for section, fact, several in CITATION.findall(path.read_text()):
            numbers = re.findall(r"\d+", several) or [section]
            found += [(str(path.relative_to(ROOT)), int(each), int(fact) if fact else None) for each in numbers]
    samples = ROOT / "tests" / "simulator" / "simulator_examples.jsonl"
    found += [(samples.name, int(each), None) for each in re.findall(r'"basis": "section (\d+)', samples.read_text())]
    return found


def test_sections_and_facts_are_numbered_without_a_gap() -> None:
    assert list(SECTIONS) == list(range(1, 18))
    numbers: dict[int, list[int]] = {}
    for section, fact, _, _ in FACTS:
        numbers.setdefault(int(section), []).append(int(fact))
    assert set(SECTIONS) - set(numbers) == {15}, "a summary without facts of its own"
    for section, facts in numbers.items():
        assert facts == list(range(1, len(facts) + 1)), section
    assert len(FACTS) > 150


def test_a_fact_stands_in_its_section() -> None:
    for number, body in SECTIONS.items():
        assert set(re.findall(r"^\| (\d+)\.\d+ \|", body, re.MULTILINE)) <= {str(number)}


def test_every_fact_and_every_code_has_evidence() -> None:
    assert [each for each in FACTS if not each[3].startswith(EVIDENCE)] == []
    codes = re.findall(r"^\| (BDC_[\d, ]+) \| .+ \| (.+?) \|$", TEXT, re.MULTILINE)
    assert len(codes) > 30
    assert [code for code, evidence in codes if not evidence.startswith(EVIDENCE)] == []


def test_a_fact_has_the_evidence_with_which_it_is_cited() -> None:
    evidence = {(section, fact): each for section, fact, _, each in FACTS}
    claims = [
        (str(path.relative_to(ROOT)), claim)
        for path in sorted(each for room in CITING for each in (ROOT / room).rglob("*.py"))
        for claim in CLAIM.findall(" ".join(path.read_text().split()))
    ]
    assert len(claims) > 20
    assert [each for each in claims if each[1][0] not in evidence[each[1][1:]]] == []


def test_what_code_and_tests_cite_is_there() -> None:
    cited = citations()
    assert len(cited) > 80
    known = {(int(section), int(fact)) for section, fact, _, _ in FACTS}
    assert [each for each in cited if each[1] not in SECTIONS] == []
    assert [each for each in cited if each[2] is not None and (each[1], each[2]) not in known] == []
