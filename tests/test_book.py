"""A policy book says what the policy does, to anybody: with the keyboard, without a script, on a phone and on paper."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_access.book.matrix import matrices
from kg_access.book.sentences import Sentences
from kg_access.book.style import PAIRS, TINTS, style_sheet
from kg_access.cli import main
from kg_access.errors import EngineFailure
from kg_access.invariants import Prover
from kg_access.policy.rules import read_rules
from kg_access.scenarios import ask
from kg_access.space import Space, contains, exactly, inside, smallest, witness
from tests.browser import Browser, chromium
from tests.conftest import PROJECT
from tests.people import able_guard

pytestmark = pytest.mark.slow

ALONE: Final = frozenset({"meta", "input", "br", "link", "col"})
HOSTILE: Final = "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
GUARD: Final = able_guard()
SPACE: Final = Space(GUARD.policy.overlaid(published=True))
FOUND: Final = matrices(GUARD.policy)


@attrs.define(eq=False, repr=False)
class Element:
    """An element of a page with what stands in it."""

    name: str
    attributes: Mapping[str, str]
    children: list[Element | str] = attrs.field(factory=list)

    def all(self, *names: str) -> Iterator[Element]:
        """Find the elements within it; those of some names, or all."""
        for child in self.children:
            if isinstance(child, Element):
                if not names or child.name in names:
                    yield child
                yield from child.all(*names)

    def text(self, language: str = "") -> str:
        """Give its text; with a language, without what is in the other one."""
        if language and self.attributes.get("class") in {"or", "nl" if language == "en" else "en"}:
            return ""
        return "".join(child if isinstance(child, str) else child.text(language) for child in self.children)


class Reader(HTMLParser):
    """Reads a page, and refuses elements that are closed in another order than they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in ALONE:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self._open[-1].children.append(data)


def read(text: str) -> Element:
    """Read a page."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader.root


def book_of(folder: Path, *options: str) -> str:
    """Write the book of a policy into its folder, without proofs."""
    target = folder / "book.html"
    policies = ["--policies", str(folder / "policies"), "--models", str(folder / "models")]
    assert main(["book", *policies, "--no-proofs", "-o", str(target), *options]) == 0
    return target.read_text("utf-8")


def change(folder: Path, path: str, old: str, new: str) -> None:
    """Change a copy of the policy in one place."""
    file = folder / "policies" / path
    text = file.read_text("utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    file.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of the shipped policy."""
    target = tmp_path_factory.mktemp("book") / "book.html"
    assert main(["book", "--no-proofs", "-o", str(target)]) == 0
    return target


@pytest.fixture(scope="module")
def page(file: Path) -> Element:
    """The book of the shipped policy, read."""
    return read(file.read_text("utf-8"))


class Places(dict[str, Element]):
    """The elements of a page by id, which no failing example writes out."""

    def __repr__(self) -> str:
        return "<places>"


@pytest.fixture(scope="module")
def places(page: Element) -> Places:
    """Its elements by id."""
    return Places((element.attributes["id"], element) for element in page.all() if "id" in element.attributes)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, file: Path) -> Iterator[Browser]:
    """A browser that shows it."""
    program = chromium()
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium on this machine, and CI needs one")
        pytest.skip("there is no Chromium on this machine")
    with Browser(program, tmp_path_factory.mktemp("chromium")) as browser:
        browser.open(file.as_uri())
        yield browser


def cells_of(picture: Element) -> dict[tuple[str, str], str]:
    """Read a matrix: for each row and column what the cell says, in English; empty for nothing."""
    columns = [head.attributes["data-word"] for head in next(picture.all("thead")).all("th")]
    cells: dict[tuple[str, str], str] = {}
    for row in next(picture.all("tbody")).all("tr"):
        word = next(row.all("th")).attributes["data-word"]
        for column, cell in zip(columns, row.all("td"), strict=True):
            spoken = next(part for part in cell.all("span") if part.attributes.get("class") == "spoken")
            text = spoken.text("en")
            cells[word, column] = "" if text == "nothing" else text
    return cells


class TestContents:
    """What a book tells."""

    def test_every_rule_clause_role_and_invariant_has_its_place(self, places: Places) -> None:
        """Each has a place that others can link to, which shows its words in both languages."""
        policy = GUARD.policy
        for name, clause in policy.clauses.items():
            assert clause.summary.nl in places[name].text("nl")
            assert clause.summary.en in places[name].text("en")
        for name, role in policy.vocabulary.roles.items():
            assert role.label.en in places[f"role-{name}"].text("en")
        for name, rows in policy.rules().items():
            text = places[name].text("en")
            reason = rows[0].reason
            assert f"{rows[0].path}:{rows[0].line}" in text
            assert reason is None or policy.reasons[reason].text.en in text
            assert "permits" in text if reason is None else "denies" in text
        for name in [*policy.vocabulary.processors, *policy.vocabulary.recipients]:
            assert f"organisation-{name}" in places
        assert {"IV-EEA", "IV-LOG", "case-nurse-of-the-team-reads"} <= set(places)

    def test_every_kind_of_data_has_its_row(self, places: Places) -> None:
        """Each matrix of a phase shows every kind of data, also those that nobody reaches."""
        for phase in ("active", "passive", "preserved"):
            rows = [row for row, _ in cells_of(places[f"access-{phase}"])]
            assert list(dict.fromkeys(rows)) == list(GUARD.policy.vocabulary.categories)

    def test_it_says_what_the_policy_is(self, places: Places) -> None:
        """Name, version, dates, digest and switches come first."""
        policy = GUARD.policy
        text = places["content"].text("en")

        for said in (policy.name, policy.version, policy.digest, "2018-05-18", "2018-05-25", "is off"):
            assert said in text

    def test_a_rule_is_a_sentence(self) -> None:
        """Conditions are told in the words of the policy, special words as what they mean."""
        policy = GUARD.policy
        data = (PROJECT / "policies/need/rules.csv").read_bytes()
        written = read_rules("need/rules.csv", data, policy.tables["need"].domains, policy.clauses, [])
        told = {rule.id: Sentences(policy).rule(rule) for rule in written}

        assert told["ND-BREAK-GLASS"].en == (
            "Yes, if all of this is true: you are a member of staff; you act here in the capacity of member of the "
            "service's staff; nothing links you to this dossier; you are not standing in for a colleague; emergency "
            "access is asked for with a written justification, and the policy allows it; the dossier is active, as the "
            "service is in use; the action asked for is read; the stated purpose is the service's own purpose; the kind "
            "of data asked for is a kind from the profile of the role."
        )
        assert "the action asked for is anything other than read" in told["NX-BREAK-GLASS-OTHER-ACTION"].en
        assert "phase of the dossier: what the register names" in told["ND-PROCESSOR"].en
        assert "the stated purpose is something that no rule of this table allows here" in told["NX-PURPOSE"].en
        assert told["NX-NOBODY"].nl == "Nee, als dit waar is: je geldt hier als iemand zonder lopende opdracht."
        assert all("{word}" not in label.nl + label.en for label in told.values())

    def test_links_lead_there_and_back(self, places: Places) -> None:
        """A clause links to its rules, invariants and cases, and each of these links back."""

        def targets(place: str) -> set[str]:
            return {link.attributes["href"][1:] for link in places[place].all("a")}

        for clause in GUARD.policy.clauses:
            for target in targets(clause):
                assert target.startswith("case-") or clause in targets(target)
        assert {"ND-KEEPER", "IV-KEEPER"} <= targets("KG-RET-3")
        assert any(target.startswith("case-") for target in targets("KG-RET-3"))

    def test_a_clause_says_whether_its_chain_is_whole(self, places: Places, folder: Path) -> None:
        """A clause that decides is shown by a case; without the cases, its chain is broken."""
        for file in [*(folder / "policies").rglob("scenarios.yaml"), *(folder / "policies/scenarios").iterdir()]:
            file.unlink()
        (folder / "policies" / "lint.yaml").unlink(missing_ok=True)
        bare = {element.attributes.get("id"): element for element in read(book_of(folder)).all()}

        assert "whole, an invariant and a case show the clause" in places["KG-RET-3"].text("en")
        assert "BROKEN" in bare["KG-RET-3"].text("en")
        assert "Chain" not in places["KG-GEN-1"].text("en")

    def test_coverage_is_told(self, page: Element, folder: Path) -> None:
        """All shipped rules decide some case; without the cases of limits, the rules left out are named."""
        rules = len(GUARD.policy.rules())
        (folder / "policies" / "limits" / "scenarios.yaml").unlink()
        text = read(book_of(folder)).text("en")

        assert f"{rules} of {rules} rules are covered" in page.text("en")
        assert "Not covered: " in text
        assert re.search(r"Not covered: [^.]*LM-OFFICE365-KEY", text)

    def test_a_policy_without_anything_beside_it_has_a_book(self, folder: Path) -> None:
        """Without cases and invariants, the book says that there are none."""
        for file in [*(folder / "policies").rglob("scenarios.yaml"), *(folder / "policies/scenarios").iterdir()]:
            file.unlink()
        (folder / "policies" / "invariants.yaml").unlink()
        text = read(book_of(folder)).text("en")

        assert "Nothing is claimed of this policy." in text
        assert "No cases lie with this policy." in text

    def test_a_version_that_was_not_announced_says_so(self, folder: Path) -> None:
        """What is possible is told as if it were, with a warning."""
        change(folder, "policy.toml", "published_on = 2018-05-18", "published_on = 2018-05-26")

        assert "was not announced before it takes effect" in read(book_of(folder)).text("en")


class TestChanges:
    """What has changed since an older version."""

    def test_the_same_policy_has_not_changed(self, folder: Path) -> None:
        """The chapter says so."""
        text = read(book_of(folder, "--previous", str(PROJECT / "policies"))).text("en")

        assert "Nobody gets another answer." in text
        assert "No rule is different." in text

    def test_what_was_gained_and_lost_is_told(self, folder: Path) -> None:
        """Who gains and who loses what, each with a request, and the rules that are others."""
        change(folder, "need/rules.csv", "action=read|search; purpose=archive", "action=read; purpose=archive")
        change(folder, "vocabulary/roles.yaml", "lifestyle, consumption,\n      family_composition, health]", "lifestyle, consumption,\n      housing, family_composition, health]")  # fmt: skip
        rule = "ND-ARCHIVE-NOTE,allow,,kind=staff; standing=archive; phase=preserved; action=search; purpose=legal_claim; category=profile; deputy=no,,choice,"  # fmt: skip
        change(folder, "need/rules.csv", "# The rights of the person.\n", f"{rule}\n")
        change(folder, "need/rules.csv", "NX-NO-LINK,deny,no_task_need,standing=service_staff; link=none; break_glass=none|not_enabled,,KG-GEN-3 KG-RET-7,a role without a link is no need\n", "")  # fmt: skip
        for file in [*(folder / "policies").rglob("scenarios.yaml"), *(folder / "policies/scenarios").iterdir()]:
            file.unlink()
        root = read(book_of(folder, "--previous", str(PROJECT / "policies")))
        chapter = next(part for part in root.all("section") if "Changed since 1.0.0" in part.text("en"))
        entries = [entry.text("en") for entry in chapter.all("article")]

        assert "More is permitted here, less there, than before." in chapter.text("en")
        assert any("consultation physician" in entry and "features of the home" in entry for entry in entries)
        assert any("archivist" in entry and "denied, " in entry.partition("Now")[2] for entry in entries)
        assert [entry.partition("No,")[0].partition("Yes,")[0] for entry in entries if entry.startswith("N")] == [
            "ND-ARCHIVE: changed",
            "ND-ARCHIVE-NOTE: new",
            "NX-NO-LINK: gone",
        ]


def words_of(*facts: str) -> st.SearchStrategy[dict[str, str]]:
    """Draw a word for some of these facts."""
    return st.fixed_dictionaries({}, optional={fact: st.sampled_from(SPACE.domains[fact]) for fact in facts})


class TestMatrices:
    """What the matrices show is what a guard says."""

    @given(number=st.integers(0, len(SPACE.permitted) - 1), changed=words_of("category", "action", "purpose"))
    @settings(max_examples=150, deadline=None)
    def test_a_cell_of_a_phase_is_what_a_guard_says(self, places: Places, number: int, changed: dict[str, str]) -> None:
        """What a cell names somebody may in some case; what it leaves out is denied where other cells permit."""
        point = {**smallest([SPACE.permitted[number].box], SPACE.domains), **changed}
        possible = _says(places, point)
        if not possible and SPACE.within([exactly(point)]):
            request = witness(point, SPACE.policy)
            assert request is not None
            assert not ask(GUARD, request)
        if possible:
            wanted = exactly({fact: point[fact] for fact in ("phase", "role", "category", "action", "purpose")})
            boxes = [box for other in SPACE.permitted if (box := inside(other.box, wanted)) is not None]
            shown = witness(smallest(boxes, SPACE.domains), SPACE.policy)
            assert shown is not None
            assert ask(GUARD, shown)

    @given(number=st.integers(0, len(SPACE.permitted) - 1), changed=words_of("category", "group", "relevance"))
    @settings(max_examples=100, deadline=None)
    def test_a_cell_of_a_service_is_what_a_guard_says(
        self, places: Places, number: int, changed: dict[str, str]
    ) -> None:
        """What is possible about a group somebody reaches in some case; anything else nobody does."""
        point = {**smallest([SPACE.permitted[number].box], SPACE.domains), **changed}
        cells = cells_of(places[f"scope-{point['service']}"])
        text = cells.get((point["category"], point["group"]), "")
        possible = text == "possible" or (text.startswith("only if") and point["relevance"] == "given")
        if not possible and SPACE.within([exactly(point)]):
            request = witness(point, SPACE.policy)
            assert request is not None
            assert not ask(GUARD, request)
        if possible:
            facts = ("service", "group", "category", "relevance")
            wanted = exactly({fact: point[fact] for fact in facts})
            boxes = [box for other in SPACE.permitted if (box := inside(other.box, wanted)) is not None]
            shown = witness(smallest(boxes, SPACE.domains), SPACE.policy)
            assert shown is not None
            assert ask(GUARD, shown)

    def test_the_matrices_hold_every_permitted_point_and_no_other_cell(self) -> None:
        """A cell has a pair exactly if a permitted region has a point there."""
        for (phase, role, category), found in FOUND.access.items():
            place = exactly({"phase": phase, "role": role, "category": category})
            assert found
            assert any(inside(region.box, place) for region in SPACE.permitted)
        for region in SPACE.permitted:
            point = smallest([region.box], SPACE.domains)
            assert (point["action"], point["purpose"]) in FOUND.access[point["phase"], point["role"], point["category"]]
            assert contains(region.box, point)

    def test_a_changed_rule_changes_its_cells(self, folder: Path) -> None:
        """A matrix follows the policy: without the archive's rule, nobody reaches what is preserved."""
        rule = next(
            line
            for line in (folder / "policies/need/rules.csv").read_text("utf-8").splitlines()
            if line.startswith("ND-ARCHIVE")
        )
        change(folder, "need/rules.csv", f"{rule}\n", "")
        (folder / "policies" / "need" / "scenarios.yaml").unlink()
        (folder / "policies" / "invariants.yaml").unlink()
        ids = [element.attributes.get("id") for element in read(book_of(folder)).all()]

        assert "phase-preserved" in ids
        assert "access-preserved" not in ids


def _says(places: Places, point: Mapping[str, str]) -> bool:
    """Tell whether the page says that something is possible."""
    picture = places.get(f"access-{point['phase']}")
    text = "" if picture is None else cells_of(picture).get((point["category"], point["role"]), "")
    labels = GUARD.policy.vocabulary.labels
    if point["purpose"] not in labels["purpose"]:
        return False
    action, purpose = labels["action"][point["action"]].en, labels["purpose"][point["purpose"]].en
    for part in filter(None, text.split("; ")):
        actions, _, purposes = part.partition(" for ")
        named = re.search(rf"(^|, |and |except ){re.escape(purpose)}($|,| and)", purposes) is not None
        if action in re.split(", | and ", actions) and named is not purposes.startswith("any stated purpose"):
            return True
    return False


class TestSafety:
    """A book brings nothing along and runs nothing."""

    def test_there_is_no_script_and_nothing_from_elsewhere(self, file: Path, page: Element) -> None:
        """No script, no address, no inline style; every link leads to a place in the page, and ids are unique."""
        ids = [element.attributes["id"] for element in page.all() if "id" in element.attributes]
        for element in page.all():
            assert element.name not in {"script", "img", "iframe", "object", "embed", "link", "base", "form", "svg"}
            assert not {"src", "srcset", "style", "action", "background"} & set(element.attributes)
            assert not any(name.startswith("on") for name in element.attributes)
            assert element.attributes.get("href", "#content")[1:] in ids
        assert len(ids) == len(set(ids))
        assert not re.search(r"url\(|@import|https?:", file.read_text("utf-8"))

    def test_the_page_forbids_itself_everything_but_its_own_style(self, page: Element) -> None:
        """The Content-Security-Policy allows nothing but one style sheet, by its digest."""
        rules = next(
            meta.attributes["content"] for meta in page.all("meta") if "http-equiv" in meta.attributes
        )  # fmt: skip

        assert re.fullmatch(
            r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'", rules
        )

    def test_hostile_texts_stay_texts(self, folder: Path) -> None:
        """Markup in labels, clauses, titles and names of a policy is shown, and never becomes markup."""
        quoted = "'" + HOSTILE.replace("'", "''") + "'"
        change(
            folder, "vocabulary/roles.yaml", "  nl: verpleegkundige\n  en: nurse\n", f"  nl: {quoted}\n  en: {quoted}\n"
        )
        change(folder, "vocabulary/categories.yaml", "nl: gezondheidsgegevens, en: health data", f"nl: {quoted}, en: {quoted}")  # fmt: skip
        change(folder, "registers/processors.yaml", "  nl: LDV United (communicatie)\n", f"  nl: {quoted}\n")
        change(folder, "policy.toml", 'version = "1.0.0"', f"version = '''{HOSTILE.replace(chr(39), '')}'''")
        change(folder, "invariants.yaml", "  nl: Elke toegang komt in het logboek.\n", f"  nl: {quoted}\n")
        change(folder, "need/scenarios.yaml", "  title: A nurse of another local team has no need of the dossier\n", f"  title: {quoted}\n")  # fmt: skip
        text = book_of(folder)
        root = read(text)

        assert not list(root.all("script", "img"))
        assert len(list(root.all("style"))) == len(list(root.all("title"))) == 1
        assert "<script" not in text
        assert root.text().count(HOSTILE) > 10

    def test_the_same_policy_gives_the_same_page(self, file: Path, tmp_path: Path) -> None:
        """Another process with another order of sets writes the same bytes."""
        other = tmp_path / "book.html"
        command = [sys.executable, "-m", "kg_access", "book", "--no-proofs", "-o", str(other)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "7"})  # noqa: S603

        assert other.read_bytes() == file.read_bytes()

    def test_it_is_small(self, file: Path) -> None:
        """The book of the shipped policy can be mailed."""
        assert file.stat().st_size < 2_000_000


class TestStructure:
    """Whoever reads with a screen reader finds their way."""

    def test_headings_come_in_order(self, page: Element) -> None:
        """One first heading, and no level is left out."""
        levels = [int(heading.name[1]) for heading in page.all("h1", "h2", "h3", "h4", "h5", "h6")]

        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(below <= above + 1 for above, below in pairwise(levels))

    def test_tables_name_their_rows_and_columns(self, page: Element) -> None:
        """Every table has a caption, every header a scope, every row a header."""
        for table in page.all("table"):
            assert next(table.all("caption")).text()
            assert all(head.attributes.get("scope") in {"row", "col"} for head in table.all("th"))
            for row in next(table.all("tbody")).all("tr"):
                assert next(row.all()).name == "th"

    def test_languages_are_marked(self, page: Element) -> None:
        """What is Dutch and what is English says so; neither lacks the other."""
        assert next(page.all("html")).attributes["lang"] == "nl"
        for element in page.all():
            if element.attributes.get("class") in {"nl", "en"}:
                assert element.attributes["lang"] == element.attributes["class"]
        counts = [sum(part.attributes.get("class") == language for part in page.all()) for language in ("nl", "en")]
        assert counts[0] == counts[1] > 1000

    def test_the_first_link_skips_to_the_content(self, page: Element, places: Places) -> None:
        """It leads to the main part."""
        assert next(page.all("a")).attributes["href"] == "#content"
        assert places["content"].name == "main"

    def test_colours_can_be_read(self) -> None:
        """Every text has a contrast of 4.5 to 1 at least with what it stands on, and no other colour is used."""
        assert {colour for pair in PAIRS for colour in pair} >= set(re.findall(r"#[0-9a-f]{3,8}\b", style_sheet()))
        for text, paper in PAIRS:
            assert contrast(_colour(text), _colour(paper)) >= 4.5, (text, paper)


Colour = tuple[int, int, int]


def _colour(written: str) -> Colour:
    red, green, blue = (int(written[index : index + 2], 16) for index in (1, 3, 5))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """Work out the contrast of two colours as the WCAG define it."""

    def luminance(colour: Colour) -> float:
        parts = [part / 255 for part in colour]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def pixels_of(png: bytes) -> list[list[Colour]]:
    """Decode a PNG of eight bits a channel, without interlacing."""
    width, height = struct.unpack(">II", png[16:24])
    channels = {2: 3, 6: 4}[png[25]]
    data, place = b"", 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += length + 12
    raw, stride = zlib.decompress(data), width * channels
    above = bytearray(stride)
    rows: list[list[Colour]] = []
    for number in range(height):
        start = number * (stride + 1)
        line = bytearray(raw[start + 1 : start + 1 + stride])
        _unfilter(raw[start], line, above, channels)
        rows.append([(line[at], line[at + 1], line[at + 2]) for at in range(0, stride, channels)])
        above = line
    return rows


def _unfilter(kind: int, line: bytearray, above: bytearray, step: int) -> None:
    if kind == 0:
        return
    for at in range(len(line)):
        left = line[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        near = left + above[at] - corner
        paeth = min((left, above[at], corner), key=lambda value: abs(near - value))
        line[at] = (line[at] + (0, left, above[at], (left + above[at]) // 2, paeth)[kind]) & 255


CELLS: Final = """[...document.querySelectorAll('#access-active tbody td')].map(cell => {
  const box = cell.getBoundingClientRect();
  return [cell.className, Math.round(box.left + 4), Math.round(box.top + 4), Math.round(box.right)] })"""
READABLE: Final = """[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() &&
  [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
    let under = e;
    while (under && getComputedStyle(under).backgroundColor === 'rgba(0, 0, 0, 0)') under = under.parentElement;
    return getComputedStyle(e).color + ' on ' + (under ? getComputedStyle(under).backgroundColor : 'none') })"""


class TestBrowser:
    """What a reader sees."""

    def test_it_loads_without_a_complaint(self, browser: Browser) -> None:
        """The console stays empty, so the Content-Security-Policy lets the style sheet in."""
        assert browser.evaluate("document.title").startswith("kind-en-gezin")
        assert browser.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
        assert [text for text in browser.complaints if "favicon" not in text] == []

    def test_the_keyboard_reaches_the_switch_of_languages(self, browser: Browser, file: Path) -> None:
        """Skip link, then the choice of language; arrow keys choose, and the other language goes."""
        browser.open(file.as_uri())
        browser.press("Tab")
        assert "Skip to the content" in browser.focused()
        assert browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        browser.press("Tab")
        assert browser.focused() == "Nederlands + English"
        assert "De rollen / The roles" in browser.text()
        browser.press("ArrowRight")
        assert browser.focused() == "Nederlands"
        assert "De rollen" in browser.text()
        assert "The roles" not in browser.text()
        browser.press("ArrowRight")
        assert "The roles" in browser.text()
        assert "De rollen" not in browser.text()
        assert "A nurse of another local team has no need of the dossier" in browser.text()

    @pytest.mark.parametrize("width", [360, 1200])
    def test_nothing_hangs_out_of_the_page(self, browser: Browser, file: Path, width: int) -> None:
        """On a phone and on a screen the page is as wide as the window; only matrices scroll within themselves."""
        browser.open(file.as_uri())
        browser.resize(width, 800)

        assert browser.evaluate("document.documentElement.scrollWidth") == width
        assert browser.evaluate(
            "[...document.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth ||"
            " getComputedStyle(e).overflowX === 'auto')"
        )

    @pytest.mark.parametrize("width", [700, 1300])
    def test_cells_of_a_matrix_have_their_colours(self, browser: Browser, file: Path, width: int) -> None:
        """In the picture that the browser draws, each cell in sight has the tint of its letter, and no other."""
        browser.open(file.as_uri())
        browser.resize(width, 1000)
        browser.evaluate("document.querySelector('#access-active tbody').scrollIntoView()")
        cells = browser.evaluate(CELLS)
        pixels = pixels_of(browser.view())
        tints = {f"tint{number}": _colour(tint) for number, tint in enumerate(TINTS)} | {"nothing": (255, 255, 255)}
        seen = [
            (name, pixels[top][left]) for name, left, top, right in cells if top < len(pixels) and right < width - 16
        ]

        assert len(seen) > 100
        assert len({name for name, _ in seen}) > 2
        assert [(name, colour) for name, colour in seen if colour != tints[name]] == []

    def test_every_text_can_be_read_on_what_is_under_it(self, browser: Browser, file: Path) -> None:
        """As the browser has drawn them, all colours of text have a contrast of 4.5 to 1 at least."""
        browser.open(file.as_uri())
        found = {text.replace("rgba(0, 0, 0, 0)", "none") for text in browser.evaluate(READABLE)}

        assert len(found) > 5
        for text in found:
            colours = [tuple(map(int, re.findall(r"\d+", part)[:3])) for part in text.split(" on ")]
            first, second = ((red, green, blue) for red, green, blue in colours)
            assert contrast(first, second) >= 4.5, text

    def test_it_prints(self, browser: Browser, file: Path) -> None:
        """It becomes a PDF of many pages, those of matrices across."""
        browser.open(file.as_uri())
        printed = browser.printed()
        sizes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", printed)
        across = [float(width) > float(height) for width, height in sizes]

        assert printed.startswith(b"%PDF")
        assert len(across) > 50
        assert 5 < sum(across) < len(across) / 2

    @pytest.mark.parametrize(("tables", "width"), [(".scroll:not(.picture *)", 680), (".picture", 1031)])
    def test_no_table_is_cut_off_on_paper(self, browser: Browser, file: Path, tables: str, width: int) -> None:
        """Tables are as wide as an A4 between its margins at most, matrices as one that lies across."""
        browser.open(file.as_uri())
        browser.resize(width, 1000)
        browser.as_paper(paper=True)
        widths = browser.evaluate(
            f"[...document.querySelectorAll({tables!r})].flatMap(e => [...e.querySelectorAll('table')])"
            ".map(e => e.getBoundingClientRect().right)"
        )
        browser.as_paper(paper=False)

        assert len(widths) > 1
        assert max(widths) <= width


class TestCommand:
    """How the command answers."""

    def test_it_prints_the_page_when_no_file_is_named(self, capsys: pytest.CaptureFixture[str], file: Path) -> None:
        """The same page goes to the output."""
        assert main(["book", "--no-proofs"]) == 0
        assert capsys.readouterr().out == file.read_text("utf-8")

    def test_a_place_that_cannot_be_written_is_named(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """The command says where and why."""
        assert main(["book", "--no-proofs", "-o", str(tmp_path / "no" / "book.html")]) == 2
        assert "cannot be written: no such file or directory" in capsys.readouterr().err

    def test_an_older_version_that_is_invalid_is_refused(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        """Its findings are listed."""
        change(folder, "need/rules.csv", "ND-ARCHIVE,allow", "ND-ARCHIVE,alow")

        assert main(["book", "--no-proofs", "--previous", str(folder / "policies")]) == 3
        assert "unknown effect `alow`" in capsys.readouterr().err

    def test_what_is_broken_is_named(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        """Invariants are proved unless told otherwise; one that is broken is named, in the book and beside it."""
        change(folder, "limits/rules.csv", "LM-OWN-FAMILY,deny,conflict_of_interest,related=yes,,choice,\n", "")
        claimed = (folder / "policies" / "invariants.yaml").read_text("utf-8")
        kept = re.findall(r"^(IV-(?:OWN-FAMILY|LOG):\n(?: .*\n)+)", claimed, flags=re.MULTILINE)
        (folder / "policies" / "invariants.yaml").write_text("".join(kept), "utf-8")
        target = folder / "book.html"
        assert main(["book", "--policies", str(folder / "policies"), "-o", str(target)]) == 0
        ids = {element.attributes.get("id"): element for element in read(target.read_text("utf-8")).all()}

        assert "2 invariants, 1 proved" in (told := capsys.readouterr().out)
        assert "BROKEN  IV-OWN-FAMILY" in told
        assert "BROKEN" in ids["IV-OWN-FAMILY"].text("en")
        assert "proved" in ids["IV-LOG"].text("en")

    def test_no_book_is_written_when_the_guard_disagrees(
        self, capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What does not agree with the guard is not published."""

        def disagree(_: Prover) -> None:
            raise EngineFailure("proof", "the guard does not permit by ND-STAFF")

        (folder / "policies" / "invariants.yaml").write_text(
            "IV-NO-EXPORT:\n  nl: Niemand.\n  en: Nobody.\n  clauses: [choice]\n  never: action=export\n", "utf-8"
        )
        monkeypatch.setattr(Prover, "confirm", disagree)
        target = folder / "book.html"

        assert main(["book", "--policies", str(folder / "policies"), "-o", str(target)]) == 4
        assert "no book is written" in capsys.readouterr().out
        assert not target.exists()
