"""What the package shows to the world: its names, their documentation, and what importing it costs."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from enum import EnumMeta
from importlib.resources import files
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

import attrs
import pytest

import kg_access
from kg_access.guard import Guard

PACKAGE: Final = Path(kg_access.__file__).parent
MODULES: Final = sorted(PACKAGE.rglob("*.py"))
HEAVY: Final = ("yaml", "pydantic", "casbin", "rich", "simpleeval", "wcmatch")
PUBLIC: Final = {name: getattr(kg_access, name) for name in kg_access.__all__}
CLASSES: Final[dict[str, Any]] = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}
ENTRY: Final = re.compile(r"^ {4}(\w+): \S", re.MULTILINE)


def callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give every public function, and every public method, property and class method of a public class."""
    for name, value in PUBLIC.items():
        if isinstance(value, FunctionType):
            yield name, value
    for name, kind in CLASSES.items():
        for attribute, member in vars(kind).items():
            function = getattr(member, "__func__", getattr(member, "fget", member))
            if not attribute.startswith("_") and isinstance(function, FunctionType):
                yield f"{name}.{attribute}", function


FUNCTIONS: Final = dict(callables())


def section(value: object, title: str) -> str | None:
    """Give the text of a section of a docstring, such as `Args`; `None` if there is no such section."""
    found = re.search(rf"^{title}:\n((?: +.*\n?|\n)+)", inspect.getdoc(value) or "", re.MULTILINE)
    return found[1] if found else None


def parameters(function: Callable[..., Any]) -> list[str]:
    """Give the names of the parameters of a function or method, without the object itself."""
    return [name for name in inspect.signature(function).parameters if name not in {"self", "cls"}]


def test_the_public_names_are_listed_in_order() -> None:
    """`__all__` is sorted and names nothing twice."""
    assert kg_access.__all__ == sorted(set(kg_access.__all__))


def test_the_public_names_are_all_that_the_package_shows() -> None:
    """Every name of the package without an underscore, except its modules, is in `__all__`, and the other way round."""
    shown = {
        name
        for name, value in vars(kg_access).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }

    assert shown == set(kg_access.__all__)


@pytest.mark.parametrize(
    "name",
    ["Assignment", "Authorisation", "Context", "Decision", "Dossier", "Explanation", "Guard", "Subject", "UnknownTerm"],
)
def test_the_names_of_the_contract_are_there(name: str) -> None:
    """A backend finds the names of the contract at the top of the package."""
    assert inspect.isclass(PUBLIC[name])


@pytest.mark.parametrize(
    "method", ["shipped", "load", "decide", "require", "decide_many", "explain", "who_can", "what_can", "reload"]
)
def test_the_methods_of_the_contract_are_there(method: str) -> None:
    """The guard has the methods of the contract."""
    assert f"Guard.{method}" in FUNCTIONS


def test_there_are_functions_and_classes_to_check() -> None:
    """The lists on which the tests below go are not empty by mistake."""
    assert {"Guard.decide", "Guard.policy", "Guard.load", "Decision.explain", "load_policy"} <= set(FUNCTIONS)
    assert len(CLASSES) >= 30


@pytest.mark.parametrize("name", sorted({*CLASSES, *FUNCTIONS}))
def test_everything_public_says_what_it_is(name: str) -> None:
    """Every public class, function, method and property has a docstring of its own that starts with a sentence."""
    text = (CLASSES.get(name) or FUNCTIONS[name]).__doc__

    assert text
    assert text.strip()[0].isupper()
    assert re.search(r"[.?](\s|$)", text.strip())


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_parameter_is_documented(name: str) -> None:
    """A parameter stands under `Args`, or under those of `Guard.decide` when the docstring points there."""
    function = FUNCTIONS[name]
    documented = set(ENTRY.findall(section(function, "Args") or ""))
    wanted = set(parameters(function))

    assert documented <= wanted
    if "see `decide`" in (function.__doc__ or ""):
        documented |= set(ENTRY.findall(section(Guard.decide, "Args") or ""))
    assert wanted <= documented


@pytest.mark.parametrize("name", sorted(name for name, kind in CLASSES.items() if attrs.has(kind)))
def test_every_record_lists_its_attributes(name: str) -> None:
    """A public record has a section `Attributes`, which names nothing that is not there."""
    kind = CLASSES[name]
    documented = set(ENTRY.findall(section(kind, "Attributes") or ""))

    assert documented or not attrs.fields(kind)
    assert documented <= {field.name for field in attrs.fields(kind)} | set(dir(kind))


@pytest.mark.parametrize("name", ["Assignment", "Authorisation", "Context", "Decision", "Dossier", "Policy", "Subject"])
def test_every_field_that_a_caller_gives_or_reads_is_documented(name: str) -> None:
    """Each argument and each public field of these records stands under `Attributes`, but for what is worked out."""
    kind = CLASSES[name]
    documented = set(ENTRY.findall(section(kind, "Attributes") or ""))
    given = {field.name for field in attrs.fields(kind) if field.init and field.name != "explainer"}

    assert given <= documented


@pytest.mark.parametrize(
    "name", sorted(name for name, kind in CLASSES.items() if issubclass(kind, tuple) and not attrs.has(kind))
)
def test_every_named_tuple_documents_its_fields(name: str) -> None:
    """A named tuple lists exactly its fields."""
    assert set(ENTRY.findall(section(CLASSES[name], "Attributes") or "")) == set(CLASSES[name]._fields)


@pytest.mark.parametrize(
    "name", sorted(n for n, k in CLASSES.items() if issubclass(k, Exception) and "__init__" in vars(k))
)
def test_every_error_lists_what_it_carries(name: str) -> None:
    """An error that is made with something lists under `Attributes` what it carries."""
    assert ENTRY.findall(section(CLASSES[name], "Attributes") or "")


def test_the_guard_documents_its_arguments() -> None:
    """What a guard is made of stands in the docstring of its class."""
    assert set(ENTRY.findall(section(Guard, "Args") or "")) == set(parameters(Guard.__init__))


@pytest.mark.parametrize("name", sorted(name for name, kind in CLASSES.items() if isinstance(kind, EnumMeta)))
def test_every_vocabulary_is_made_of_words(name: str) -> None:
    """The value of a member is its name in small letters, which is the word of the contract."""
    for member in CLASSES[name]:
        assert member.value == member.name.lower()
        assert f"{member}" == member.value


def run(code: str) -> str:
    """Run a program in a fresh interpreter and give what it prints."""
    finished = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    return finished.stdout


def test_importing_the_package_imports_nothing_heavy() -> None:
    """The import by itself needs neither YAML, pydantic, Casbin nor rich; making a guard does."""
    loaded = f"print(*sorted({set(HEAVY)!r} & set(sys.modules)))"

    assert run(f"import sys, kg_access; {loaded}").split() == []
    assert {"yaml", "pydantic", "casbin"} <= set(
        run(f"import sys, kg_access; kg_access.Guard.shipped(); {loaded}").split()
    )
    assert "rich" not in run(f"import sys, kg_access; kg_access.Guard.shipped(); {loaded}").split()


def test_importing_the_package_leaves_logging_alone() -> None:
    """The import and a guard add no handler and change no level of the root logger."""
    state = "(len(logging.root.handlers), logging.root.level, logging.root.disabled)"
    printed = run(
        f"import logging; before = {state}; import kg_access; kg_access.Guard.shipped(); print(before == {state})"
    )

    assert printed.strip() == "True"


def imported(path: Path) -> set[str]:
    """Give the packages that a module imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_only_the_engine_knows_casbin() -> None:
    """One module imports Casbin, and it is the engine."""
    assert [path.relative_to(PACKAGE).as_posix() for path in MODULES if "casbin" in imported(path)] == ["_engine.py"]


def test_casbin_is_not_fetched_by_name() -> None:
    """No module gets at Casbin by importing a name that it makes up; only the demo does, for the example backend."""
    for path in MODULES:
        if path.relative_to(PACKAGE).as_posix() == "cli/demo.py":
            continue
        source = path.read_text(encoding="utf-8")
        assert "import_module" not in source, path
        assert "__import__" not in source, path


def test_the_package_is_typed() -> None:
    """Type checkers find the marker that says that the package is annotated."""
    assert (files("kg_access") / "py.typed").is_file()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_says_what_it_holds(path: Path) -> None:
    """Each module of the package starts with a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
