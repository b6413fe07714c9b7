"""Marks on endpoints: they change nothing about an endpoint, are found wherever they stand, and refuse what is wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

import pytest

from kg_access.enforcement.marks import Exemption, Requirement, exempt, mark_of, requires, requires_each
from kg_access.enforcement.step_up import StepUp
from kg_access.errors import InvalidInput, UnknownTerm
from kg_access.vocabulary import Action, Mode
from tests.backends import HEALTH

read = requires("read", **HEALTH)


def plain() -> str:
    """Give what an endpoint gives."""
    return "plain"


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function as decorators do."""

    @functools.wraps(function)
    def wrapper(*arguments: Any) -> Any:
        return function(*arguments)

    return wrapper


def wrongly(**values: Any) -> object:
    """Mark with arguments of which a type checker would say that they are wrong."""
    return requires("read", **values)


class TestWhatAMarkSays:
    """A mark holds what must be permitted."""

    def test_everything_that_is_stated_stands_in_the_mark(self) -> None:
        """A mark holds its action, the path parameter of the dossier, the words, the mode, the shape and the step-up."""
        step_up = StepUp(max_age=300)
        mark = mark_of(
            requires("update", dossier="number", mode="redact", shape=dict, step_up=step_up, **HEALTH)(logged(plain))
        )

        assert isinstance(mark, Requirement)
        assert (mark.action, mark.dossier, mark.mode) == (Action.UPDATE, "number", Mode.REDACT)
        assert (mark.categories, mark.group, mark.purpose) == (
            frozenset({"health"}),
            HEALTH["group"],
            HEALTH["purpose"],
        )
        assert (mark.shape, mark.step_up) == (dict, step_up)

    def test_a_mark_says_little_when_little_is_stated(self) -> None:
        """By default the dossier is the one in `dossier_id`, nothing else is stated, and all or nothing is permitted."""
        mark = mark_of(requires("read")(logged(plain)))

        assert isinstance(mark, Requirement)
        assert (mark.dossier, mark.categories, mark.group, mark.purpose) == ("dossier_id", None, None, None)
        assert (mark.mode, mark.shape, mark.step_up) == (Mode.ALL, None, None)

    def test_an_endpoint_of_many_dossiers_names_none(self) -> None:
        """The mark of an endpoint that asks for each dossier has no source of one."""
        mark = mark_of(requires_each("search", **HEALTH)(logged(plain)))

        assert isinstance(mark, Requirement)
        assert mark.dossier is None

    def test_words_can_be_found_out_later(self) -> None:
        """Functions are kept as they are, to be called with the request."""
        ask: Any = lambda request: request  # noqa: E731 - any function will do
        mark = mark_of(requires("read", dossier=ask, categories=ask, group=ask, purpose=ask)(logged(plain)))

        assert isinstance(mark, Requirement)
        assert mark.dossier is mark.categories is mark.group is mark.purpose is ask

    def test_an_exemption_says_why(self) -> None:
        """An exempt endpoint carries the reason."""
        mark = mark_of(exempt("login page")(logged(plain)))

        assert isinstance(mark, Exemption)
        assert mark.reason == "login page"

    def test_the_endpoint_is_returned_unchanged(self) -> None:
        """A mark does not wrap: what comes back is the endpoint itself, which does what it did."""
        endpoint = logged(plain)

        assert read(endpoint) is endpoint
        assert endpoint() == "plain"


class TestWrongMarks:
    """What is wrong with a mark is said where it is put."""

    @pytest.mark.parametrize(
        ("make", "text"),
        [
            (lambda: requires("reed"), "unknown word `reed`; did you mean `read`?"),
            (lambda: requires("read", mode="al"), "unknown word `al`; did you mean `all`?"),
            (lambda: requires("read", categories="health"), "`categories`: expected a collection, not a str"),
            (lambda: wrongly(categories={7}), "`categories`: expected a word, not a int"),
            (lambda: requires("read", purpose=""), "`purpose`: the word is empty"),
            (lambda: wrongly(group=7), "`group`: expected a word, not a int"),
            (lambda: requires("read", dossier=""), "`dossier`: an id cannot be empty"),
            (lambda: wrongly(dossier=7), "`dossier`: an id is a text, not a int"),
            (lambda: wrongly(step_up=300), "`step_up`: expected a StepUp, not a int"),
            (lambda: requires_each("look"), "unknown word `look`"),
            (lambda: exempt(""), "`reason`: an id cannot be empty"),
            (lambda: exempt(cast("Any", None)), "`reason`: an id is a text, not a NoneType"),
        ],
    )
    def test_a_wrong_argument_is_refused_at_once(self, make: Callable[[], object], text: str) -> None:
        """A wrong word or type is refused when the mark is made, with the field and what would be right."""
        with pytest.raises(InvalidInput) as error:
            make()
        assert text in str(error.value)

    def test_an_unknown_action_is_an_unknown_term(self) -> None:
        """A caller can tell a wrong word from a wrong type."""
        with pytest.raises(UnknownTerm):
            requires("reed")

    @pytest.mark.parametrize("second", [read, requires_each("read"), exempt("login page")])
    def test_an_endpoint_has_one_mark(self, second: Callable[[Any], Any]) -> None:
        """A second mark is refused and named, also through a decorator: it would be anybody's guess which one counts."""
        endpoint = read(logged(plain))

        with pytest.raises(InvalidInput, match="`plain` carries a mark already"):
            second(endpoint)
        with pytest.raises(InvalidInput, match="`plain` carries a mark already"):
            second(logged(endpoint))

    @pytest.mark.parametrize("endpoint", [7, "text", len, object()])
    def test_what_cannot_carry_a_mark_is_refused(self, endpoint: object) -> None:
        """What has no attributes cannot be marked, and is not passed over in silence."""
        with pytest.raises(InvalidInput, match="cannot carry a mark; mark a function or a class"):
            read(endpoint)


class View:
    """A class-based endpoint with a mark for each method."""

    @requires("read", **HEALTH)
    def get(self) -> None:
        """Read."""

    @requires("update", **HEALTH)
    def post(self) -> None:
        """Update."""

    def delete(self) -> None:
        """Delete, without a mark."""


@requires("read", **HEALTH)
class Marked:
    """A class-based endpoint with one mark."""

    def get(self) -> None:
        """Read."""

    def post(self) -> None:
        """Update."""

    async def __call__(self, *_: object) -> None:
        """Answer as an object."""


class Sub(Marked):
    """A subclass, whose methods may be others than the mark was written for."""

    def get(self) -> None:
        """Read, and more."""


class TestWhereAMarkIsFound:
    """The enforcement point finds the mark of what the framework calls."""

    def test_under_decorators_and_partials(self) -> None:
        """A mark is found through `functools.wraps`, partials, and both."""
        marked = read(logged(plain))
        mark = mark_of(marked)

        assert mark is not None
        for endpoint in (logged(marked), functools.partial(marked, 1), functools.partial(logged(marked), 1)):
            assert mark_of(endpoint) is mark

    def test_under_a_wrapper_that_copies_nothing_but_its_origin(self) -> None:
        """A wrapper that only says what it wraps is looked through."""
        marked = read(logged(plain))

        def wrapper() -> None:
            """Answer."""

        wrapper.__wrapped__ = marked  # type: ignore[attr-defined] # as decorators of C extensions do
        assert mark_of(wrapper) is mark_of(marked)

    def test_on_a_partial_itself(self) -> None:
        """A partial can be marked, and that mark counts before the one of its function."""
        marked = exempt("login page")(functools.partial(read(logged(plain))))

        assert isinstance(mark_of(marked), Exemption)

    def test_of_a_method(self) -> None:
        """A bound method carries the mark of its function."""
        assert mark_of(View().get) is mark_of(View, method="GET")

    def test_for_each_method_of_a_class(self) -> None:
        """Each method of a class has its own mark; HEAD is GET; a method without one has none, and so has the class."""
        actions = {
            method: getattr(mark_of(View, method=method), "action", None)
            for method in ("GET", "HEAD", "get", "POST", "DELETE", "OPTIONS", "__init__")
        }

        assert actions == {
            "GET": "read", "HEAD": "read", "get": "read", "POST": "update",
            "DELETE": None, "OPTIONS": None, "__init__": None,
        }  # fmt: skip
        assert mark_of(View) is None

    def test_of_a_class_for_all_its_methods(self) -> None:
        """The mark of a class counts for each of its methods that has none of its own."""
        assert mark_of(Marked, method="GET") is mark_of(Marked, method="POST") is mark_of(Marked) is not None

    def test_not_of_a_class_for_its_subclass(self) -> None:
        """A subclass does not inherit the mark of its class, for no method, and neither does an object of it."""
        assert mark_of(Sub, method="GET") is None
        assert mark_of(Sub, method="POST") is None
        assert mark_of(Sub) is None
        assert mark_of(Sub()) is None
        assert mark_of(Marked()) is mark_of(Marked)

    def test_of_the_methods_that_a_subclass_keeps(self) -> None:
        """A subclass keeps the marks of the methods that it keeps, and loses those of the methods that it replaces."""

        class Other(View):
            def post(self) -> None:
                """Update, and more."""

        assert mark_of(Other, method="GET") is mark_of(View, method="GET")
        assert mark_of(Other, method="POST") is None

    @pytest.mark.parametrize("endpoint", [plain, View, View(), None, 7, object()])
    def test_nowhere_else(self, endpoint: object) -> None:
        """What carries no mark has none."""
        assert mark_of(endpoint) is None

    def test_nothing_else_counts_as_one(self) -> None:
        """An attribute of the same name that is no mark counts as none."""

        def endpoint() -> None:
            """Answer."""

        endpoint.__kg_access__ = "read"  # type: ignore[attr-defined] # somebody's own attribute
        assert mark_of(endpoint) is None
