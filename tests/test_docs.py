"""The documentation is executed, complete and linked; a page that says something wrong fails."""

from __future__ import annotations

import argparse
import inspect
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import attrs
import pytest

import kg_access
from kg_access.cli import COMMANDS
from kg_access.facts import COMPUTED, WORDED
from kg_access.policy import Policy
from kg_access.policy.rules import ALWAYS, COLUMNS, GRANTED, SPECIAL
from tests import pages

PROJECT = pages.PROJECT
DOCS = PROJECT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [PROJECT / "README.md", *sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)]
LINKING = [*PAGES, *sorted((PROJECT / ".github").glob("*.md"))]
COMMANDS_OF_README = ["pip install . && kg-access test", "pip install -e '.[test]' && pytest"]


def named(path: Path) -> str:
    """Name a page in the name of a test."""
    return path.relative_to(PROJECT).as_posix()


def without_code(text: str) -> str:
    """Take code blocks and code spans out of a page."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^(```+).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The module that writes the tables of the reference."""
    spec = spec_from_file_location("docs_generate", DOCS / "_generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def policy(generate: ModuleType) -> Policy:
    """The policy that the tables describe."""
    shipped: Policy = generate.shipped_policy()
    return shipped


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A page to write, beside an empty folder to execute it in."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "page.md"


class TestPages:
    """The pages of the documentation."""

    @pytest.mark.parametrize("page", PAGES, ids=named)
    def test_every_example_gives_what_the_page_shows(self, page: Path, tmp_path: Path) -> None:
        """Every example of the page runs and gives the output that stands there."""
        assert "\n\n".join(pages.failures(page, tmp_path)) == ""

    def test_the_tutorial_has_examples_of_every_kind(self) -> None:
        """The machinery finds the examples: the tutorial has many, and the README has some."""
        assert len(list(pages.examples(DOCS / "tutorial.md"))) > 40
        assert len(list(pages.examples(PROJECT / "README.md"))) == 4


class TestMachinery:
    """What executes the pages."""

    WRONG: Mapping[str, str] = {
        "a doctest": "```python\n>>> 1 + 1\n3\n```\n",
        "an exception that the page does not show": "```python\n1 / 0\n```\n",
        "a text block": "```python\nprint(1)\n```\n\n```text\n2\n```\n",
        "a text block that is empty": "```python\nprint(1)\n```\n\n```text\n```\n",
        "a text block that is nothing but dots": "```python\nprint(1)\n```\n\n```text\n...\n```\n",
        "a text block with no block before it": "```text\n1\n```\n",
        "printing that the page does not show": "```python\nprint(1)\n```\n",
        "printing that the next block does not show": "```python\nprint(1)\n```\n\n```python\nx = 1\n```\n",
        "the output of a command": "```console\n$ kg-access test nowhere\nnowhere: there is no such file\n```\n",
        "the second output of a block": "```console\n$ cp -r policies a\n$ kg-access test nowhere\nall is well\n```\n",
        "an exit code": "```console\n$ kg-access test nowhere\nnowhere: ...\n$ echo $?\n0\n```\n",
        "output where there is none": "```console\n$ cp -r policies mine\ncopied\n```\n",
        "a command that no page can execute": "```console\n$ rm -r policies\n```\n",
        "a language that nothing executes": "```py\n>>> 1 + 1\n2\n```\n",
        "a file that nobody knows the name of": "```yaml\na: b\n```\n",
        "a change of a line that is not there": "```{code-block} diff\n:caption: policies/policy.toml\n-x\n+y\n```\n",
        "a line that the shipped file does not have": "```{code-block} csv\n:caption: from models/need.conf\nx\n```\n",
    }
    RIGHT = (
        "```python\n>>> 1 + 1\n2\n>>> print('a b c')\na ... c\n```\n\n"
        "```python\nprint('one\\n\\ntwo')\n```\n\n```text\none\n\ntwo\n```\n\n"
        "```{code-block} yaml\n:caption: new.yaml\nsubjects: {}\n```\n\n"
        "```{code-block} diff\n:caption: new.yaml\n-subjects: {}\n+subject: {}\n```\n\n"
        "```{code-block} yaml\n:caption: new.yaml, at the end\ndossiers: {}\n```\n\n"
        "```console\n$ kg-access decide nele read D1 \\\n    --organisation new.yaml\nnew.yaml:1:1: ...\n$ echo $?\n3\n```\n"
    )

    @pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
    def test_a_wrong_page_fails(self, wrong: str, written: Path) -> None:
        """A page that does not hold fails, with its place."""
        written.write_text(f"# Page\n\n{wrong}", "utf-8")

        assert [failure[:8] for failure in pages.failures(written, written.parent / "folder")] == ["page.md:"]

    def test_a_right_page_passes(self, written: Path) -> None:
        """A page that holds passes, and leaves the current folder as it was."""
        written.write_text(self.RIGHT, "utf-8")
        before = Path.cwd()

        assert pages.failures(written, written.parent / "folder") == []
        assert Path.cwd() == before
        assert (written.parent / "folder" / "new.yaml").read_text("utf-8") == "subject: {}\ndossiers: {}\n"


class TestReadme:
    """The README."""

    def test_it_gives_the_two_commands(self) -> None:
        """The README gives two commands, word for word."""
        text = (PROJECT / "README.md").read_text("utf-8")

        assert re.findall(r"^```shell\n(.*?)\n```$", text, flags=re.MULTILINE | re.DOTALL) == COMMANDS_OF_README

    def test_it_is_short(self) -> None:
        """The README has at most 120 lines, and its first example ten."""
        text = (PROJECT / "README.md").read_text("utf-8")
        first = text.partition("```python\n")[2].partition("\n```")[0]

        assert text.count("\n") <= 120
        assert first.count("\n") + 1 == 10

    def test_it_names_every_extra(self) -> None:
        """The table of extras is the one of the distribution."""
        metadata = (PROJECT / "pyproject.toml").read_text("utf-8")
        section = metadata.partition("[project.optional-dependencies]\n")[2].partition("\n[")[0]
        extras = re.findall(r"^([a-z]+) = ", section, flags=re.MULTILINE)
        table = (PROJECT / "README.md").read_text("utf-8").partition("## Extras")[2].partition("## ")[0]

        first_cells = "".join(re.findall(r"^\|(.*?)\|", table, flags=re.MULTILINE))

        assert re.findall(r"`([a-z]+)`", first_cells) == extras


class TestReference:
    """The pages of the reference, and the tables written into them."""

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("reason_codes", frozenset(kg_access.Reason)),
            ("obligations", frozenset(kg_access.Obligation)),
            ("facts", frozenset({*COMPUTED, *WORDED})),
        ],
        ids=["reason_codes", "obligations", "facts"],
    )
    def test_every_word_has_its_row(
        self, name: str, words: frozenset[str], generate: ModuleType, policy: Policy
    ) -> None:
        """Every reason code, obligation and fact has one row in its table, and nothing else has."""
        rows = re.findall(r"^\* - \[`(\w+)`\]", generate.TABLES[name](policy), flags=re.MULTILINE)

        assert sorted(rows) == sorted(words)

    def test_every_clause_has_its_row(self, generate: ModuleType, policy: Policy) -> None:
        """Every clause has one row."""
        rows = re.findall(r"^\* - \[`([\w-]+)`\]", generate.clauses(policy), flags=re.MULTILINE)

        assert rows == list(policy.clauses)

    def test_every_reason_is_told_in_both_languages(self, generate: ModuleType, policy: Policy) -> None:
        """The table of reasons holds the texts of the policy in Dutch and English."""
        table = generate.reason_codes(policy)

        for reason in policy.reasons.values():
            for text in (reason.text, reason.remedy.text):
                assert text.en in table
                assert text.nl in table

    def test_every_value_of_a_fact_has_its_row(self, generate: ModuleType, policy: Policy) -> None:
        """Every value that a fact computes stands in the table of its values."""
        text = generate.facts(policy)

        for fact, values in COMPUTED.items():
            section = text.partition(f"### {fact}\n")[2].partition("\n### ")[0]
            assert re.findall(r"^\* - `(\w+)`", section, flags=re.MULTILINE) == list(
                policy.vocabulary.facts[fact].values
            )
            assert set(values) <= set(policy.vocabulary.facts[fact].values)

    @pytest.mark.parametrize(
        ("page", "name"),
        [
            ("reason-codes", "reason_codes"),
            ("obligations", "obligations"),
            ("facts", "facts"),
            ("clauses", "clauses"),
            ("traceability", "traceability"),
        ],
    )
    def test_every_table_has_its_page(self, page: str, name: str, generate: ModuleType, policy: Policy) -> None:
        """Each page gets its table when the site is built."""
        text = (REFERENCE / f"{page}.md").read_text("utf-8")

        assert generate.TABLES[name](policy) in generate.filled(text, policy)
        assert "<!-- generated" not in generate.filled(text, policy)

    def test_the_api_holds_every_public_name(self) -> None:
        """The page of the API documents what `kg_access` exports, each once."""
        text = (REFERENCE / "api.md").read_text("utf-8")
        documented = re.findall(r"^\.\. auto(?:class|exception|function):: (\w+)$", text, flags=re.MULTILINE)

        assert sorted(documented) == sorted(kg_access.__all__)

    def test_the_command_line_is_told_whole(self) -> None:
        """Every command and every option stands on the page of the command line."""
        text = (REFERENCE / "cli.md").read_text("utf-8")
        parser = argparse.ArgumentParser()
        commands = parser.add_subparsers()
        for command in COMMANDS:
            command.register(commands)

        for name, command_parser in commands.choices.items():
            assert f"`kg-access {name}" in text
            for action in command_parser._actions:
                assert all(f"`{option}" in text for option in action.option_strings if option not in {"-h", "--help"})

    def test_every_policy_file_is_told(self) -> None:
        """Every file of the policy, every column of a rule and every special word stands on the page of the files."""
        text = (REFERENCE / "policy-files.md").read_text("utf-8")
        special = {word for words in SPECIAL.values() for word in words} - {GRANTED}

        for path in (PROJECT / "policies").rglob("*"):
            name = path.relative_to(PROJECT / "policies").as_posix()
            if (
                path.is_file()
                and not name.startswith("scenarios/")
                and path.name not in {"scenarios.yaml", "README.md"}
            ):
                assert f"`{name}`" in text
        for word in {*COLUMNS, *special, ALWAYS, f"!{GRANTED}"}:
            assert f"`{word}`" in text

    def test_the_context_is_told_where_it_is_pointed_to(self) -> None:
        """Every circumstance is described in the docstring of `Context`, which the reference shows."""
        doc = inspect.getdoc(kg_access.Context) or ""

        assert all(f"    {field.name}: " in doc for field in attrs.fields(kg_access.Context))


class TestArchitecture:
    """The page about the architecture."""

    def test_it_names_every_module(self) -> None:
        """Every module of the package has its place on the architecture page, and nothing else has."""
        table = (DOCS / "explanation" / "architecture.md").read_text("utf-8")
        table = table.partition("## The floors")[2].partition("\n## ")[0]
        modules = set()
        for path in (PROJECT / "kg_access").rglob("*.py"):
            parts = path.relative_to(PROJECT / "kg_access").with_suffix("").parts
            modules.add(".".join(part for part in parts if part != "__init__"))
        named_there = {
            word for line in table.split("\n") if line.startswith("| ") for word in re.findall(r"`([\w.]+)`", line)
        }

        assert modules - {""} - named_there == set()
        assert {word for word in named_there if "." in word} <= modules

    def test_the_floors_are_those_of_the_contract(self) -> None:
        """The floors are numbered as the contract of import-linter has them."""
        metadata = (PROJECT / "pyproject.toml").read_text("utf-8")
        layers = re.findall(r'"([^"]+)"', metadata.partition("\nlayers = [")[2].partition("]")[0])
        text = (DOCS / "explanation" / "architecture.md").read_text("utf-8")
        floors: dict[int, set[str]] = {}
        for floor, module in re.findall(r"^\| (\d+) \| `(\w+)` \|", text, flags=re.MULTILINE):
            floors.setdefault(int(floor), set()).add(module)

        assert floors == {len(layers) - number: set(layer.split(" | ")) for number, layer in enumerate(layers)}

    def test_the_heavy_imports_wait(self) -> None:
        """Importing the package loads neither Casbin nor pydantic nor YAML, as the page says."""
        code = "import sys, kg_access; print(sorted({'casbin', 'pydantic', 'yaml', 'rich'} & set(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

        assert done.stdout == "[]\n"


class TestLinks:
    """Links between pages."""

    @pytest.mark.parametrize("page", LINKING, ids=named)
    def test_every_link_inside_leads_somewhere(self, page: Path) -> None:
        """Every relative link of the page leads to a file, and its anchor to a heading."""
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text("utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = (page.parent / name).resolve() if name else page
            assert file.is_file(), target
            assert file.is_relative_to(PROJECT), target
            if anchor:
                headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), flags=re.MULTILINE)
                assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, (
                    target
                )

    def test_every_page_is_in_a_table_of_contents(self) -> None:
        """Every page of the site can be reached from a table of contents."""
        listed = {DOCS / "index.md"}
        for index in (DOCS / "index.md", DOCS / "decisions" / "index.md"):
            for block in re.findall(
                r"^```\{toctree\}\n(.*?)^```", index.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
            ):
                entries = (line for line in block.split("\n") if line and not line.startswith(":"))
                listed |= {(index.parent / f"{entry}.md") for entry in entries}

        assert listed == set(PAGES) - {PROJECT / "README.md"}
