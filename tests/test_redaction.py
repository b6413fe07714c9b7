"""Field-level views: nothing that a decision withholds is left in what is shown, and nothing that it permits is lost."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import pickle
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, Optional, TypeVar

import attrs
import pydantic
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import orm
from typing_extensions import TypedDict

import kg_access as kg
from kg_access.redaction import (
    Category,
    NotPersonal,
    Partial,
    Withheld,
    categories_of,
    fields_without_category,
    is_annotated,
    redact,
)
from kg_access.redaction.reports import told
from tests.people import UNHURRIED, able_guard, dossier, health, staff
from tests.random_records import CATEGORIES, Made, records

PERMIT = able_guard().decide(staff(), "read", dossier(), **health(categories={"health", "financial"}, mode="redact"))
"""A permit for health data, from which financial data are left out."""

Health = Annotated[str, Category("health")]
Financial = Annotated[str, Category("financial")]
Number = Annotated[str, NotPersonal()]
MaybeFinancial = Annotated[str | None, Category("financial")]

SECRET = "confidential"  # noqa: S105 - a text to look for
"""What stands in every field of these tests that must not be shown."""

Kind = TypeVar("Kind")


def permitting(*categories: str) -> kg.Decision:
    """Give a permit for some categories."""
    return attrs.evolve(PERMIT, permitted=frozenset(categories))


class _Dump(pickle.Pickler):
    """Pickles values of classes that exist only in a test."""

    def persistent_id(self, value: object) -> str | None:
        return value.__qualname__ if isinstance(value, type) else None


def pickled(value: object) -> str:
    """Give the pickled form of something as text."""
    file = io.BytesIO()
    _Dump(file).dump(value)
    return file.getvalue().decode("latin-1")


def contents(value: object, seen: set[int] | None = None) -> Iterator[str]:
    """Go through all texts that can be reached from a value: its attributes, slots, elements and forms."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, str):
        yield value
        return
    yield repr(value)
    parts: list[object] = [getattr(value, "__dict__", None)]
    parts += [getattr(value, name, None) for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    if isinstance(value, Mapping):
        parts += [*value.keys(), *value.values()]
    elif isinstance(value, Iterable):
        parts += value
    parts += forms(value)
    for part in parts:
        if part is not None and not isinstance(part, type):
            yield from contents(part, seen)


def forms(value: object) -> Iterator[object]:
    """Give the ways in which libraries write a record."""
    if isinstance(value, Partial):
        yield value.as_dict()
    if isinstance(value, BaseModel):
        yield value.model_dump()
        yield to_json(value, fallback=repr).decode()
    if attrs.has(type(value)):
        yield attrs.asdict(value, recurse=False)  # type: ignore[arg-type]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield dataclasses.asdict(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        yield value._asdict()


def everything(value: object) -> str:
    """Give all that can be read out of a value, its pickled form included."""
    return "\n".join([*contents(value), pickled(value)])


class TestAlways:
    """For any records, of any classes, under any permit."""

    @settings(UNHURRIED, max_examples=400)
    @given(records(), st.frozensets(st.sampled_from(CATEGORIES)))
    def test_what_is_withheld_is_nowhere_and_what_is_permitted_is_there(
        self, made: Made, permitted: frozenset[str]
    ) -> None:
        """A text is in the view exactly when all categories that stand over it are permitted."""
        shape = made.kind if isinstance(made.record, dict) else None

        shown = everything(redact(permitting(*permitted), made.record, shape=shape))

        for text, needed in made.needed.items():
            assert (text in shown) == (needed is not None and needed <= permitted), (text, needed)

    @settings(UNHURRIED, max_examples=200)
    @given(records(), st.frozensets(st.sampled_from(CATEGORIES)), st.frozensets(st.sampled_from(CATEGORIES)))
    def test_what_is_shown_of_a_view_is_permitted_by_both_permits(
        self, made: Made, first: frozenset[str], second: frozenset[str]
    ) -> None:
        """Redacting what was redacted leaves what both permits show, and never brings anything back."""
        shape = made.kind if isinstance(made.record, dict) else None
        once = redact(permitting(*first), made.record, shape=shape)

        twice = everything(redact(permitting(*second), once, shape=shape))

        for text, needed in made.needed.items():
            assert (text in twice) == (needed is not None and needed <= first & second), (text, needed)

    @settings(UNHURRIED, max_examples=60)
    @given(records())
    def test_the_record_itself_is_not_changed(self, made: Made) -> None:
        """A view is made beside the record: all of its texts are still in it."""
        shape = made.kind if isinstance(made.record, dict) else None

        redact(permitting(), made.record, shape=shape)

        kept = everything(made.record)
        assert all(text in kept for text in made.needed)

    @settings(UNHURRIED, max_examples=60)
    @given(records())
    def test_a_denial_shows_nothing(self, made: Made) -> None:
        """Without a permit nothing is shown of any record, and the error holds nothing of it."""
        denial = able_guard().decide(staff(), "read", dossier(team="LT-ANTW"), **health())

        with pytest.raises(kg.AccessDenied) as denied:
            redact(denial, made.record, shape=made.kind)

        assert not any(text in f"{denied.value} {denied.value!r}" for text in made.needed)

    @settings(UNHURRIED, max_examples=60)
    @given(records())
    def test_the_check_lists_something_exactly_when_something_can_never_be_shown(self, made: Made) -> None:
        """A record type with nothing in the list is shown in full to whoever may see all its categories."""
        complete = not fields_without_category(made.kind)

        assert complete == (None not in made.needed.values())


@dataclasses.dataclass(frozen=True, slots=True)
class Visit:
    """A record in records."""

    day: Number
    finding: Health
    fee: MaybeFinancial


class Child(BaseModel):
    """A model that can be itself without its financial fields."""

    model_config = pydantic.ConfigDict(frozen=True, populate_by_name=True)

    name: Health = pydantic.Field(alias="fullName", min_length=2)
    income: MaybeFinancial = pydantic.Field(default="a default", alias="monthlyIncome")
    visits: list[Visit] = []
    _cache: str | None = pydantic.PrivateAttr(default=None)

    @pydantic.field_validator("income")
    @classmethod
    def must_be_there(cls, income: str | None) -> str:
        """Refuse what a view holds."""
        if income is None:
            raise ValueError("every child has an income")
        return income


class Needy(Child):
    """A model that cannot: what is withheld may not be `None`."""

    debt: Financial

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def summary(self) -> Annotated[str, Category("financial")]:
        """Tell what is withheld."""
        return f"{self.name} owes {self.debt}"


def child(**values: Any) -> Child:
    """Make a child by the names of its fields."""
    return Child.model_validate(values)


def needy(**values: Any) -> Needy:
    """Make a child with debts by the names of its fields."""
    return Needy.model_validate(values)


def titled(text: str) -> str:
    """Write a name with a capital."""
    return text.title()


@attrs.frozen(slots=True, cache_hash=True)
class Person:
    """An attrs class that refuses a record without an income."""

    name: Health = attrs.field(converter=titled, alias="full_name")
    income: MaybeFinancial = attrs.field(validator=attrs.validators.instance_of(str))


class Couple(NamedTuple):
    """A named tuple."""

    first: Person
    second: Person | None
    address: Financial


class Row(TypedDict):
    """A dict with known keys."""

    name: Health
    income: NotRequired[Financial]
    note: str


class Tree(BaseModel):
    """A recursive model."""

    name: Health
    income: MaybeFinancial = None
    branches: list[Tree] = []
    by_day: dict[Number, Tree] = {}
    parent: Tree | None = None


class Page(BaseModel, Generic[Kind]):
    """A generic model."""

    number: Annotated[int, NotPersonal()]
    items: list[Kind]


class Fever(BaseModel):
    """One of a union."""

    kind: Annotated[Literal["fever"], NotPersonal()] = "fever"
    degrees: Health


class Loan(BaseModel):
    """The other of the union."""

    kind: Annotated[Literal["loan"], NotPersonal()] = "loan"
    amount: MaybeFinancial


class Event(BaseModel):
    """A model with a union, in place and in a list."""

    what: Annotated[Fever | Loan, pydantic.Field(discriminator="kind")]
    others: list[Fever | Loan]
    said: Optional[Health | Annotated[int, NotPersonal()]] = None  # noqa: UP045 - both ways of writing


def shown(record: Any, *, shape: Any = None) -> Any:
    """Redact under the permit for health data, and see that nothing financial is left anywhere."""
    view = redact(PERMIT, record, shape=shape)
    assert SECRET not in everything(view)
    return view


class TestTheSameType:
    """What is shown is a record of the same class where that allows for what is left out."""

    def test_a_pydantic_model_stays_a_model_although_its_validators_would_refuse(self) -> None:
        """A frozen model keeps its class, with `None` for what is withheld; no validator or default comes between."""
        view = shown(child(name="Sam", income=SECRET))

        assert type(view) is Child
        assert (view.name, view.income) == ("Sam", None)
        assert view.model_dump(by_alias=True) == {"fullName": "Sam", "monthlyIncome": None, "visits": []}
        assert view.model_dump(exclude_unset=True) == {"name": "Sam"}
        with pytest.raises(pydantic.ValidationError, match="frozen"):
            view.name = "Bob"

    def test_a_slotted_frozen_dataclass_stays_one(self) -> None:
        """A dataclass with slots is copied, and what is nested in it and in lists too."""
        view = shown(Visit("2019-06-17", "growth", SECRET))

        assert view == Visit("2019-06-17", "growth", None)
        assert shown([Visit("2019-06-17", "growth", SECRET)]) == [view]
        assert shown(child(name="Sam", visits=[Visit("2019-06-17", "growth", SECRET)])).visits == [view]

    def test_an_attrs_class_stays_one_without_its_converters_and_validators(self) -> None:
        """No converter or validator of an attrs class runs for a copy, and its hash is that of what is shown."""
        view = shown(Person("sam", SECRET))

        assert type(view) is Person
        assert (view.name, view.income) == ("Sam", None)
        assert hash(view) == hash(shown(Person("sam", f"another {SECRET}")))

    def test_a_post_init_hook_does_not_run(self) -> None:
        """A hook that would refuse what is shown, or derive something from it, does not run."""

        @dataclasses.dataclass
        class Strict:
            name: Health
            income: MaybeFinancial

            def __post_init__(self) -> None:
                assert self.income is not None

        view = shown(Strict("Sam", SECRET))

        assert (type(view), view.name, view.income) == (Strict, "Sam", None)

    def test_recursive_models_are_gone_through(self) -> None:
        """A model in a list, in a dict and in a field of its own class is redacted at every depth."""
        leaf = Tree(name="leaf", income=SECRET)
        tree = Tree(name="root", income=SECRET, branches=[leaf, leaf], by_day={"day": leaf}, parent=leaf)

        view = shown(Tree(name="top", branches=[tree]))

        (root,) = view.branches
        assert type(root) is Tree
        assert [one and one.name for one in (*root.branches, root.by_day["day"], root.parent)] == ["leaf"] * 4
        assert root.branches[0] is root.branches[1]

    def test_a_record_that_holds_itself_ends(self) -> None:
        """Where a record is met inside itself, its plain fields are shown, and nothing goes round for ever."""
        tree = Tree(name="root", income=SECRET)
        tree.parent = tree

        view = shown(tree)

        assert (view.name, view.parent.name) == ("root", "root")
        with pytest.raises(Withheld):
            _ = view.parent.parent

    def test_a_generic_model_is_redacted_by_its_argument(self) -> None:
        """The items of `Page[Tree]` have the annotations of `Tree`, and stay in the page."""
        page = Page[Tree](number=1, items=[Tree(name="leaf", income=SECRET)])

        view = shown(page)

        assert type(view) is Page[Tree]
        assert view == Page[Tree](number=1, items=[Tree(name="leaf")])

    def test_unions_are_redacted_by_what_stands_there(self) -> None:
        """Each record of a union is redacted by its own class, dumped data by what they can be."""
        event = Event(what=Loan(amount=SECRET), others=[Fever(degrees="39"), Loan(amount=SECRET)], said="warm")

        view = shown(event)

        assert view == Event(what=Loan(amount=None), others=[Fever(degrees="39"), Loan(amount=None)], said="warm")
        assert shown(event.model_dump(), shape=Event) == {
            "what": {"kind": "loan"},
            "others": [{"kind": "fever", "degrees": "39"}, {"kind": "loan"}],
            "said": "warm",
        }

    def test_a_record_of_which_all_may_be_shown_is_given_itself(self) -> None:
        """Under a permit for all of it there is nothing to copy."""
        for record in (child(name="Sam", income="12"), Person("sam", "12"), Visit("1", "2", "3"), Tree(name="leaf")):
            assert redact(permitting("health", "financial"), record) is record

    def test_lists_tuples_sets_and_iterators_stay_what_they_are(self) -> None:
        """Several records give as many views, in the same kind of collection."""
        person = Person("sam", SECRET)

        assert [type(shown(kind([person]))) for kind in (list, tuple, set, frozenset)] == [list, tuple, set, frozenset]
        iterator: Iterator[Person] = iter([person])
        assert next(redact(PERMIT, iterator)) == shown(person)
        assert redact(PERMIT, None) is None


class TestPartial:
    """What is shown is a `Partial` where the class does not allow for what is left out."""

    def test_it_has_what_is_shown_and_names_what_is_not(self) -> None:
        """Fields that are shown are read as attributes or keys; others raise an error with their categories."""
        view = shown(needy(name="Sam", income=SECRET, debt=SECRET))

        assert type(view) is Partial
        assert view.of is Needy
        assert (view.name, view["name"], dict(view)) == ("Sam", "Sam", {"name": "Sam", "visits": []})
        assert view.withheld == {"income": ("financial",), "debt": ("financial",), "summary": ("financial",)}
        for field in view.withheld:
            with pytest.raises(Withheld) as error:
                getattr(view, field)
            assert (error.value.field, error.value.categories) == (field, ("financial",))
        with pytest.raises(AttributeError, match="shows no field `age`"):
            _ = view.age

    def test_it_tells_no_value_in_its_repr_or_errors(self) -> None:
        """Neither what is shown nor what is withheld stands in a repr or a message."""
        view = shown(needy(name="Sam", income=SECRET, debt=SECRET))
        with pytest.raises(Withheld) as error:
            _ = view["debt"]

        assert repr(view) == "<Partial Needy: name, visits without income, debt, summary>"
        assert str(error.value) == "`Needy.debt` is withheld: it is about `financial`"
        assert "Sam" not in repr(view) + repr(error.value)

    def test_it_cannot_be_changed_and_can_be_compared_pickled_and_written(self) -> None:
        """A view is a value: frozen, equal to its like, and JSON in a response model."""
        view = shown(needy(name="Sam", income=SECRET, debt=SECRET))
        with pytest.raises(AttributeError):
            view.debt = "12"
        with pytest.raises(AttributeError):
            del view.name

        class Answer(BaseModel):
            record: Partial[Needy]

        assert pickle.loads(pickle.dumps(view)) == view  # noqa: S301 - made here
        assert {view} == {shown(needy(name="Sam", income=SECRET, debt=SECRET))}
        assert json.loads(Answer(record=view).model_dump_json(by_alias=True)) == {
            "record": {"fullName": "Sam", "visits": []}
        }
        assert view.as_dict(by_alias=True) == {"fullName": "Sam", "visits": []}

    def test_a_view_of_a_view_withholds_what_either_withholds(self) -> None:
        """Both reasons stand in the view, and neither permit brings back what the other left out."""
        once = shown(Needy.model_validate({"name": "Sam", "income": SECRET, "debt": SECRET}))

        twice = redact(permitting("financial"), once)

        assert dict(twice) == {"visits": []}
        assert twice.withheld == {**once.withheld, "name": ("health",)}

    def test_what_holds_one_is_one_too(self) -> None:
        """A record that cannot be whole makes the record around it partial, down a list, and not its siblings."""
        page = Page[Child](number=1, items=[needy(name="Sam", debt=SECRET), child(name="Bob", income=SECRET)])

        view = shown(page)

        assert type(view) is Partial
        assert [type(one) for one in view["items"]] == [Partial, Child]

    def test_named_tuples_keep_their_class_or_become_partial(self) -> None:
        """A named tuple without its address is no `Couple`; with an address that may be shown it is."""
        couple = Couple(Person("sam", SECRET), None, SECRET)

        assert (shown(couple)["first"].name, shown(couple)["second"]) == ("Sam", None)
        whole = redact(permitting("health", "financial"), couple)
        assert whole is couple


class TestWhatElseARecordHolds:
    """Whatever a record holds beside its fields is not shown, unless it has a category of its own."""

    def test_computed_fields_and_marked_properties_have_a_category(self) -> None:
        """What is computed from permitted fields is withheld when its own category is not permitted, else computed."""

        class Plain:
            name: Health

            def __init__(self) -> None:
                self.name = "Sam"

            @property
            def debt(self) -> Annotated[str, Category("financial")]:
                return f"{SECRET} of {self.name}"

            @cached_property
            def greeting(self) -> Annotated[str, Category("health")]:
                return f"hello {self.name}"

        view = shown(Plain())

        assert (dict(view), view.withheld) == ({"name": "Sam", "greeting": "hello Sam"}, {"debt": ("financial",)})
        assert redact(permitting("health", "financial"), needy(name="Sam", debt="12")).summary == "Sam owes 12"

    def test_a_computed_field_is_computed_from_the_whole_record(self) -> None:
        """What may be told of withheld data is right, although a copy without the data could not tell it."""

        class Earner(BaseModel):
            name: Health
            income: MaybeFinancial

            @pydantic.computed_field  # type: ignore[prop-decorator]
            @property
            def earns(self) -> Annotated[bool, NotPersonal()]:
                return self.income is not None

        assert dict(shown(Earner(name="Sam", income=SECRET))) == {"name": "Sam", "earns": True}

    @pytest.mark.parametrize(("extra", "log"), [({"debt": SECRET}, "empty"), ({}, SECRET), ({"debt": SECRET}, SECRET)])
    def test_private_attributes_and_extras_of_a_model_are_left_out(self, extra: dict[str, str], log: str) -> None:
        """A copy has the defaults of private attributes, and no fields that its class does not declare."""

        class Open(BaseModel):
            model_config = pydantic.ConfigDict(extra="allow")
            name: Health
            _log: str = pydantic.PrivateAttr(default="empty")

        record = Open.model_validate({"name": "Sam", **extra})
        record._log = log

        view = shown(record)

        assert type(view) is Open
        assert (view.name, view._log, view.model_extra) == ("Sam", "empty", {})

    def test_what_is_kept_in_an_object_beside_its_fields_is_left_out(self) -> None:
        """A value that is cached, or that somebody put into a record, does not come along."""

        @attrs.define(slots=False)
        class Cached:
            name: Health

            @cached_property
            def greeting(self) -> str:
                return SECRET

        @dataclasses.dataclass
        class Loose:
            name: Health

        loose, cached = Loose("Sam"), Cached("Sam")
        vars(loose)["debt"] = cached.greeting

        assert vars(shown(loose)) == {"name": "Sam"}
        assert vars(shown(cached)) == {"name": "Sam"}

    def test_what_is_kept_in_a_slot_that_is_no_field_is_left_out(self) -> None:
        """A slot that a class declares beside its fields, itself or in a base, does not come along either."""

        class Remembering:
            __slots__ = ("_remembered",)

        @dataclasses.dataclass
        class Slotted(Remembering):
            __slots__ = ("name",)
            name: Health

        @attrs.frozen
        class Cached:
            name: Health

            @cached_property
            def greeting(self) -> str:
                return SECRET

        slotted, cached = Slotted("Sam"), Cached("Sam")
        assert redact(PERMIT, slotted) is slotted
        assert redact(PERMIT, Cached("Sam")) == cached
        slotted._remembered = SECRET  # type: ignore[attr-defined]
        assert cached.greeting

        view = redact(PERMIT, slotted)

        assert (type(view), view.name, hasattr(view, "_remembered")) == (Slotted, "Sam", False)
        assert redact(PERMIT, cached) is not cached

    def test_a_cached_property_of_a_slotted_attrs_class_has_a_category(self) -> None:
        """Attrs makes a slot of such a property; what it returns is withheld like that of any other."""

        @attrs.frozen
        class Slotted:
            name: Health

            @cached_property
            def debt(self) -> Annotated[str, Category("financial")]:
                return f"{SECRET} of {self.name}"

        record = Slotted("Sam")
        assert record.debt

        view = shown(record)

        assert (dict(view), view.withheld) == ({"name": "Sam"}, {"debt": ("financial",)})
        assert categories_of(Slotted) == {"health", "financial"}
        assert redact(permitting("health", "financial"), record).debt == f"{SECRET} of Sam"

    def test_an_undeclared_subclass_does_not_carry_its_fields_along(self) -> None:
        """In the place of a `Tree` may stand a subclass: it is redacted by its own annotations."""

        class Bush(Tree):
            debt: Financial
            note: str = SECRET

        view = shown(Page[Tree](number=1, items=[Bush(name="bush", debt=SECRET)]))

        (bush,) = view["items"]
        assert (bush.of, bush.name) == (Bush, "bush")
        assert bush.withheld == {"income": ("financial",), "debt": ("financial",), "note": ()}

    def test_a_subclass_may_change_the_category_of_a_field(self) -> None:
        """The annotation nearest to the class counts, in every form of class."""

        @dataclasses.dataclass
        class Old:
            name: Health
            income: MaybeFinancial

        @dataclasses.dataclass
        class New(Old):
            income: Annotated[str | None, Category("health")]

        assert shown(Old("Sam", SECRET)).income is None
        assert shown(New("Sam", "12")).income == "12"

    def test_a_value_for_which_the_annotation_does_not_allow_is_withheld_and_reported(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A dict in the place of a record is taken as data of it; an object of another class is not shown."""

        class Box:
            secret = SECRET

        told.forget()
        with caplog.at_level(logging.WARNING):
            view, _ = (shown(Page[Child].model_construct(number=1, items=Box())) for _ in range(2))

        assert view.withheld == {"items": ()}
        assert [one.getMessage() for one in caplog.records] == [
            "`Page[Child].items` is withheld: it holds a `Box`, of which its annotation does not say the category"
        ]

    @pytest.mark.parametrize("value", [object(), iter([SECRET]), lambda: SECRET, Child, ValueError(SECRET)])
    def test_an_object_of_which_nothing_is_known_is_withheld(self, value: Any) -> None:
        """Even under a mark that is permitted, only values, records and collections of them are shown."""

        @dataclasses.dataclass
        class Loose:
            name: Health
            other: Annotated[Any, Category("health")]

        view = shown(Loose("Sam", [value]))

        assert (view.name, view.other) == ("Sam", None)
        assert shown(Loose("Sam", [{"key": ("text", 3, None)}])).other == [{"key": ("text", 3, None)}]

    def test_keys_that_become_one_take_their_dict_along(self) -> None:
        """When keys are records that differ only in what is withheld, no value is shown under the wrong one."""

        @dataclasses.dataclass
        class Register:
            by_person: dict[Person, Health] | None

        sam, other = Person("sam", SECRET), Person("sam", f"another {SECRET}")

        assert shown(Register({sam: "growth"})).by_person == {shown(sam): "growth"}
        assert shown(Register({sam: "growth", other: "flu"})).by_person is None

    def test_a_field_that_cannot_be_read_is_withheld_without_its_error(self, caplog: pytest.LogCaptureFixture) -> None:
        """An error while reading may hold data; its kind is told and no more."""

        class Broken:
            name: Health = "Sam"

            @property
            def debt(self) -> Annotated[str, Category("health")]:
                raise ValueError(SECRET)

        told.forget()
        with caplog.at_level(logging.WARNING):
            view = shown(Broken())

        assert (dict(view), view.withheld) == ({"name": "Sam"}, {"debt": ("health",)})
        assert "it cannot be read (ValueError)" in caplog.text
        assert SECRET not in caplog.text


class TestDicts:
    """Data as dicts, by a TypedDict or by the class from which they were dumped."""

    def test_a_dict_is_redacted_by_its_typed_dict(self) -> None:
        """Keys that are withheld, have no category or are unknown are left out."""
        data = {"name": "Sam", "income": SECRET, "note": SECRET, "unknown": SECRET}

        assert shown(data, shape=Row) == {"name": "Sam"}
        assert shown([data, {"name": "Bob"}], shape=Row) == [{"name": "Sam"}, {"name": "Bob"}]
        assert shown([data], shape=list[Row]) == [{"name": "Sam"}]

    def test_dumped_data_are_redacted_by_their_class(self) -> None:
        """What a model was dumped to is redacted by that model, under its names or its aliases."""
        record = needy(name="Sam", income=SECRET, debt=SECRET, visits=[Visit("1", "growth", SECRET)])
        visits = [{"day": "1", "finding": "growth"}]

        dumped = record.model_dump() | {"visits": [dataclasses.asdict(one) for one in record.visits]}
        assert shown(dumped, shape=Needy) == {"name": "Sam", "visits": visits}
        aliased = record.model_dump(by_alias=True) | {"visits": dumped["visits"]}
        assert shown(aliased, shape=Needy) == {"fullName": "Sam", "visits": visits}

    def test_data_that_are_of_no_member_of_a_union_show_only_what_all_members_show(self) -> None:
        """An unknown kind, or a key too many, does not open the way round the annotations."""
        odd = {"kind": "other", "degrees": SECRET, "amount": SECRET, "more": SECRET}

        view = shown({"what": odd, "others": [odd]}, shape=Event)

        assert view == {"what": {"kind": "other"}, "others": [{"kind": "other"}]}

    def test_a_key_that_may_stand_for_two_fields_needs_both_categories(self) -> None:
        """An alias that is the name of another field shows nothing that either field withholds."""

        class Crossed(BaseModel):
            name: Health = pydantic.Field(alias="income")
            income: Financial = pydantic.Field(alias="name")

        record = Crossed.model_validate({"income": "Sam", "name": SECRET})

        assert dict(shown(record)) == {"name": "Sam"}
        assert shown(record.model_dump(by_alias=True), shape=Crossed) == {}

    @pytest.mark.parametrize("shape", [str, list[str], Annotated[Row, Category("health")], 3, dict])
    def test_a_shape_that_is_no_record_type_is_refused(self, shape: Any) -> None:
        """The error says what a shape is, and nothing of the data."""
        with pytest.raises(kg.InvalidInput, match="`shape`: expected a record type") as error:
            redact(PERMIT, {"name": SECRET}, shape=shape)

        assert SECRET not in str(error.value)

    @pytest.mark.parametrize(
        "record", [{"name": SECRET}, [{"name": SECRET}], SECRET, [SECRET], 3, object(), Child, [3], b"x"]
    )
    def test_what_is_no_record_is_refused(self, record: Any) -> None:
        """Something without annotations is an error, never shown as it is, and the error holds no value."""
        with pytest.raises(kg.InvalidInput, match="`record`: ") as error:
            redact(PERMIT, record)

        assert SECRET not in f"{error.value} {error.value!r}"

    def test_the_error_of_a_broken_record_holds_no_value(self) -> None:
        """What a record raises while it is gone through may hold data; only the kind of the error is told."""

        class Broken(dict[str, Any]):
            def items(self) -> Any:
                raise ValueError(SECRET)

        with pytest.raises(kg.InvalidInput, match=r"it cannot be redacted \(ValueError\)") as error:
            redact(PERMIT, Broken(name="Sam"), shape=Row)

        assert SECRET not in f"{error.value} {error.value!r}"
        assert error.value.__suppress_context__

    def test_a_decision_is_needed(self) -> None:
        """`True` is no permit."""
        with pytest.raises(kg.InvalidInput, match="expected a decision, not a bool"):
            redact(True, child(name="Sam"))  # type: ignore[call-overload]


class TestFieldsWithoutCategory:
    """What has no category is withheld, reported to the log, and listed by the check."""

    def test_an_unmarked_field_is_withheld_and_reported_once(self, caplog: pytest.LogCaptureFixture) -> None:
        """The log names the field, once, and no value."""

        class Noted(BaseModel):
            name: Health
            note: str

        told.forget()
        with caplog.at_level(logging.WARNING):
            views = [redact(permitting(*CATEGORIES), Noted(name="Sam", note=SECRET)) for _ in range(3)]

        assert all(isinstance(view, Partial) and view.withheld == {"note": ()} for view in views)
        (report,) = caplog.records
        assert "Noted.note` is withheld: it has no category" in report.getMessage()
        assert SECRET not in caplog.text

    def test_the_check_lists_every_field_without_a_category(self) -> None:
        """Fields of records in records, in lists and as values of dicts are listed too, and the keys of a dict."""

        class Inner(BaseModel):
            good: Health
            bad: str

        class Outer(BaseModel):
            fine: Number
            inner: list[Inner]
            keys: dict[str, Health]
            values: dict[Number, str]
            half: Health | int
            anything: Any
            plain: list[str]

            @pydantic.computed_field  # type: ignore[prop-decorator]
            @property
            def computed(self) -> str:
                return "x"

        assert set(fields_without_category(Outer)) == {
            "Outer.keys (keys)",
            "Outer.values",
            "Outer.half",
            "Outer.anything",
            "Outer.plain",
            "Outer.computed",
            "Inner.bad",
        }
        assert fields_without_category(list[Inner], Row) == ("Inner.bad", "Row.note")

    @pytest.mark.parametrize("kind", [Child, Needy, Visit, Person, Couple, Tree, Page[Tree], Event])
    def test_the_check_lists_nothing_when_every_field_has_one(self, kind: Any) -> None:
        """All the other record types of these tests are marked completely."""
        assert fields_without_category(kind) == ()
        assert is_annotated(kind)

    def test_the_categories_of_record_types_are_collected(self) -> None:
        """All that a response can hold may be asked for at once."""
        assert categories_of(Page[Tree]) == {"health", "financial"}
        assert categories_of(Visit, Fever) == {"health", "financial"}
        assert categories_of(Fever) == {"health"}

    @pytest.mark.parametrize("classes", [(), (str,), (list[int],), (3,)])
    def test_the_check_needs_record_types(self, classes: tuple[Any, ...]) -> None:
        """A check that inspects nothing is a fault of the test that calls it."""
        with pytest.raises(kg.InvalidInput, match="`classes`"):
            fields_without_category(*classes)

    def test_an_annotation_that_cannot_be_resolved_is_an_error_of_the_check(self) -> None:
        """Such a field is withheld in a view, and the check says what to import."""

        @dataclasses.dataclass
        class Lost:
            name: Health
            other: Nowhere  # type: ignore[name-defined]  # noqa: F821

        with pytest.raises(kg.InvalidInput, match=r"`Lost.other`: its annotation `Nowhere` cannot be resolved"):
            fields_without_category(Lost)
        assert dict(shown(Lost("Sam", SECRET))) == {"name": "Sam"}

    @pytest.mark.parametrize("words", [(), ("",), (3,), ("health", "")])
    def test_a_category_is_made_of_words(self, words: tuple[Any, ...]) -> None:
        """A mark without words would permit everything."""
        with pytest.raises(kg.InvalidInput, match="Category"):
            Category(*words)

    def test_two_categories_must_both_be_permitted(self) -> None:
        """A field of two categories is shown under a permit for both, and so are marks within marks."""

        class Both(BaseModel):
            one: Annotated[str | None, Category("health", "financial")]
            two: Annotated[list[MaybeFinancial] | None, Category("health")]

        record = Both(one="1", two=["2"])

        assert shown(Both(one=SECRET, two=[SECRET])) == Both(one=None, two=None)
        assert redact(permitting("financial"), record) == Both(one=None, two=None)
        assert redact(permitting("financial", "health"), record) is record


class Base(orm.MappedAsDataclass, orm.DeclarativeBase):
    """Rows that are dataclasses too."""


class Dossier(Base):
    """A row with its categories in annotations."""

    __tablename__ = "dossier"

    id: orm.Mapped[Annotated[int, NotPersonal()]] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[Health]
    income: orm.Mapped[MaybeFinancial] = orm.mapped_column(deferred=True)
    note: orm.Mapped[str] = orm.mapped_column(default=SECRET)
    reports: orm.Mapped[list[Report]] = orm.relationship(default_factory=list, back_populates="dossier")


class Report(Base):
    """A row with its categories in the `info` of its columns."""

    __tablename__ = "report"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True, info={"category": NotPersonal()})
    finding: orm.Mapped[str] = orm.mapped_column(info={"category": "health"})
    fee: orm.Mapped[str] = orm.mapped_column(info={"category": ["financial", "health"]})
    dossier_id: orm.Mapped[int] = orm.mapped_column(
        sa.ForeignKey("dossier.id"), init=False, info={"category": NotPersonal()}
    )
    dossier: orm.Mapped[Dossier] = orm.relationship(default=None, back_populates="reports")


class Place(Base):
    """A row without relations."""

    __tablename__ = "place"

    id: orm.Mapped[Annotated[int, NotPersonal()]] = orm.mapped_column(primary_key=True)
    rent: orm.Mapped[MaybeFinancial]


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    """A database with one dossier and two reports on it."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        reports = [Report(id=number, finding=f"finding {number}", fee=SECRET) for number in (1, 2)]
        session.add(Dossier(id=7, name="Sam", income=SECRET, reports=reports))
        session.commit()
    yield engine
    engine.dispose()


class TestRows:
    """Rows of SQLAlchemy are shown in part, never as themselves, since they could load what is withheld."""

    def test_a_row_and_its_relations_are_shown_in_part(self, engine: sa.Engine) -> None:
        """Annotations and `info` count alike, and relations are gone into, back to the row itself."""
        with orm.Session(engine) as session:
            view = shown(session.get(Dossier, 7))

        assert (type(view), view.of, view.id, view.name) == (Partial, Dossier, 7, "Sam")
        assert view.withheld == {"income": ("financial",), "note": ()}
        assert [(one.finding, one.dossier_id, one.withheld) for one in view.reports] == [
            (f"finding {number}", 7, {"fee": ("financial", "health")}) for number in (1, 2)
        ]
        assert view.reports[0].dossier.name == "Sam"

    def test_a_row_is_shown_in_part_even_when_nothing_is_withheld(self) -> None:
        """A row stays tied to its session; a view knows nothing of it, nor has it `None` for what is withheld."""
        row = Place(id=1, rent=SECRET)

        whole = redact(permitting("financial"), row)

        assert type(whole) is Partial
        assert (dict(whole), dict(whole.withheld)) == ({"id": 1, "rent": SECRET}, {})
        assert dict(shown(row)) == {"id": 1}

    def test_what_is_withheld_is_not_even_loaded(self, engine: sa.Engine) -> None:
        """A deferred column that is not permitted is not asked of the database, one that is permitted is."""
        statements: list[str] = []

        @sa.event.listens_for(engine, "before_cursor_execute")
        def remember(*told: Any) -> None:
            statements.append(told[2])

        with orm.Session(engine) as session:
            row = session.get(Dossier, 7)
            shown(row)
            assert not any("income" in statement for statement in statements)
            assert redact(permitting("financial"), row).income == SECRET  # type: ignore[union-attr]
            assert any("income" in statement for statement in statements)

    def test_redacting_flushes_nothing(self, engine: sa.Engine) -> None:
        """Looking at a row writes nothing to the database that was not written yet."""
        with orm.Session(engine) as session:
            row = session.get(Dossier, 7)
            session.add(Report(id=3, finding="new", fee=SECRET, dossier=row))  # type: ignore[arg-type]

            shown(row)

            assert session.new

    def test_what_a_detached_row_cannot_load_is_withheld(
        self, engine: sa.Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A relation that was not loaded before the session ended is left out and reported, not an error."""
        with orm.Session(engine) as session:
            row = session.get(Dossier, 7)
        told.forget()
        with caplog.at_level(logging.WARNING):
            view = shown(row)

        assert view.withheld["reports"] == ()
        assert "`Dossier.reports` is withheld: it cannot be read (DetachedInstanceError)" in caplog.text

    def test_the_check_reads_rows_too(self) -> None:
        """A column without a category is listed, and an `info` that holds no category is refused."""
        assert fields_without_category(Dossier) == ("Dossier.note",)
        assert categories_of(Report) == {"health", "financial"}

        class Other(orm.DeclarativeBase):
            pass

        class Wrong(Other):
            __tablename__ = "wrong"
            id: orm.Mapped[int] = orm.mapped_column(primary_key=True, info={"category": 3})

        with pytest.raises(kg.InvalidInput, match="`info`: expected a word"):
            fields_without_category(Wrong)

    @UNHURRIED
    @given(st.frozensets(st.sampled_from(CATEGORIES)), st.integers(0, 3))
    def test_any_row_shows_exactly_what_is_permitted(self, permitted: frozenset[str], count: int) -> None:
        """Every text in a row and its relations is in the view exactly when its categories are permitted."""
        reports = [Report(id=number, finding=f"<finding {number}>", fee=f"<fee {number}>") for number in range(count)]
        row = Dossier(id=1, name="<name>", income="<income>", note="<note>", reports=reports)

        view = everything(redact(permitting(*permitted), row))

        assert ("<name>" in view) == ("health" in permitted)
        assert ("<income>" in view) == ("financial" in permitted)
        assert "<note>" not in view
        for number in range(count):
            assert (f"<finding {number}>" in view) == ("health" in permitted)
            assert (f"<fee {number}>" in view) == ({"health", "financial"} <= permitted)
