"""
How a page of the documentation is executed, in a folder of its own with a copy of the shipped policy in it.

What a block does depends on its language:

    python     runs; with `>>>` its outputs are compared, else what it prints is shown by the `text` block after it
    text       the output of the `python` block before it
    console    every line that starts with `$ ` is a command, what follows is its output
    diff       changes the file in its caption: `-` lines, which must be there once, become the `+` lines after them
    yaml, csv, toml, ini   with a caption `FILE` writes the file, with `FILE, at the end` adds to it,
               with `from FILE` holds lines of a file that comes with the library
    shell      is not executed

`...` in an output stands for any text. Every other block is a fault, except one without a language.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from doctest import ELLIPSIS, OutputChecker
from doctest import Example as Comparison
from pathlib import Path

from sybil import Document, Example, Region
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer
from sybil.parsers.myst import PythonCodeBlockParser
from sybil.parsers.myst.lexers import DirectiveLexer

from kg_access.cli import main

PROJECT = Path(__file__).resolve().parent.parent
FILES = frozenset({"yaml", "csv", "toml", "ini"})
KNOWN = frozenset({"python", "text", "console", "diff", "shell"}) | FILES
PRINTED = "printed by the block before"
STATUS = "exit code of the command before"


def compared(want: str, got: str) -> str:
    """
    Compare an output with the one on the page.

    Args:
        want: The output on the page, in which `...` stands for any text.
        got: The output that came.

    Returns:
        What is different; empty when nothing is.
    """
    want, got = want.strip("\n") + "\n", got.strip("\n") + "\n"
    checker = OutputChecker()
    if want.strip(".\n") and checker.check_output(want, got, ELLIPSIS):
        return ""
    if not want.strip() and not got.strip():
        return ""
    return checker.output_difference(Comparison("", want), got, ELLIPSIS).replace("<BLANKLINE>", "")


class _Python:
    """Blocks of Python without `>>>`: what they print is kept for the block after."""

    def __init__(self) -> None:
        self._parse = PythonCodeBlockParser(doctest_optionflags=ELLIPSIS)

    def __call__(self, document: Document) -> Iterator[Region]:
        for region in self._parse(document):
            assert region.evaluator is not None, "a block of Python can always be evaluated"
            yield Region(region.start, region.end, region.parsed, self._keeping(region.evaluator))

    @staticmethod
    def _keeping(evaluate: Callable[[Example], str | None]) -> Callable[[Example], str | None]:
        def run(example: Example) -> str | None:
            unread = _unread(example)
            stream = io.StringIO()
            with redirect_stdout(stream):
                failure = evaluate(example)
            if not isinstance(example.parsed, Comparison):
                example.namespace[PRINTED] = stream.getvalue()
            return failure or unread

        return run


def _unread(example: Example) -> str:
    printed = str(example.namespace.pop(PRINTED, ""))
    return f"a block before this one printed what the page does not show:\n{printed}" if printed else ""


def _output(example: Example) -> str:
    if PRINTED not in example.namespace:
        return "a `text` block shows the output of a `python` block right before it, and there is none"
    return compared(str(example.parsed), str(example.namespace.pop(PRINTED)))


def _console(example: Example) -> str:
    unread = _unread(example)
    if unread:
        return unread
    for command, want in _commands(str(example.parsed)):
        got = _run(command, example)
        difference = compared(want, got)
        if difference:
            return f"$ {command}\n{difference}"
    return ""


def _commands(block: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.split("\n")
        length = 1 + next(number for number, line in enumerate(lines) if not line.endswith("\\"))
        yield " ".join(line.removesuffix("\\").strip() for line in lines[:length]), "\n".join(lines[length:])


def _run(command: str, example: Example) -> str:
    match shlex.split(command):
        case ["kg-access", *arguments]:
            stream = io.StringIO()
            with redirect_stdout(stream), redirect_stderr(stream):
                try:
                    example.namespace[STATUS] = main(arguments)
                except SystemExit as end:
                    example.namespace[STATUS] = end.code
            return stream.getvalue()
        case ["echo", "$?"]:
            return str(example.namespace[STATUS])
        case ["cp", "-r", source, target]:
            shutil.copytree(source, target)
            return ""
        case _:
            return "no page can execute this command"


def _file(example: Example) -> str:
    caption, content = example.region.lexemes["caption"], str(example.parsed)
    if caption.startswith("from "):
        lines = (PROJECT / caption.removeprefix("from ")).read_text("utf-8").split("\n")
        missing = [line for line in content.split("\n") if line.strip() and line not in lines]
        return "\n".join(["the file has no such line:", *missing]) if missing else ""
    name, comma, where = caption.partition(", ")
    path = _inside(name)
    if where == "at the end":
        content = path.read_text("utf-8") + content
    elif comma:
        return f"a block cannot be put there: {where}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    return ""


def _diff(example: Example) -> str:
    path = _inside(example.region.lexemes["caption"])
    text = path.read_text("utf-8")
    for removed, added in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)*)", str(example.parsed), flags=re.MULTILINE):
        old, new = (re.sub(r"^[-+]", "", lines, flags=re.MULTILINE) for lines in (removed, added))
        if f"\n{text}".count(f"\n{old}") != 1:
            return f"the file does not hold this once:\n{old}"
        text = f"\n{text}".replace(f"\n{old}", f"\n{new}", 1)[1:]
    path.write_text(text, "utf-8")
    return ""


def _inside(name: str) -> Path:
    path = Path(name)
    inside = not path.is_absolute() and ".." not in path.parts
    assert inside, f"{name} lies outside the folder of the page"
    return path


def _blocks(document: Document) -> Iterator[Region]:
    """Find the blocks that are no Python, and refuse those that nothing would execute."""
    lexers = (
        FencedCodeBlockLexer(language=r"[^\n{]+", mapping={"language": "arguments", "source": "source"}),
        DirectiveLexer(directive="code-block", arguments=".+"),
    )
    for lexer in lexers:
        for region in lexer(document):
            language = region.lexemes["arguments"].strip()
            region.lexemes["caption"] = (region.lexemes.get("options") or {}).get("caption", "")
            region.parsed = region.lexemes["source"]
            if language not in {"python", "shell"}:
                region.evaluator = _evaluator(language, region.lexemes["caption"])
                yield region


def _evaluator(language: str, caption: str) -> Callable[[Example], str | None]:
    if language not in KNOWN:
        return lambda _: f"a block of `{language}` is not executed; see tests/pages.py"
    if language in FILES | {"diff"} and not caption:
        return lambda _: f"a block of `{language}` needs a caption; see tests/pages.py"
    return {"text": _output, "console": _console, "diff": _diff}.get(language, _file)


def examples(path: Path) -> Iterable[Example]:
    """
    Find the examples of a page, in their order.

    Args:
        path: The page.
    """
    return Document.parse(str(path), _Python(), _blocks).examples()


def failures(path: Path, folder: Path) -> list[str]:
    """
    Execute a page.

    Args:
        path: The page.
        folder: An empty folder to execute it in.

    Returns:
        What went otherwise than the page says, each with its place.
    """
    for name in ("policies", "models"):
        shutil.copytree(PROJECT / name, folder / name)
    before = Path.cwd()
    found: list[str] = []
    os.chdir(folder)
    try:
        last = None
        for last in examples(path):
            try:
                last.evaluate()
            except Exception as error:  # a page may raise anything; it is reported with its place
                found.append(f"{path.name}:{last.line}: {type(error).__name__}: {error}")
        if last is not None and (unread := _unread(last)):
            found.append(f"{path.name}:{last.line}: {unread}")
    finally:
        os.chdir(before)
    return found
