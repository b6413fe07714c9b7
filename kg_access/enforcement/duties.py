"""What must be done along with a decision, and who does it: one handler for each obligation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import attrs

from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.errors import InvalidInput, quoted
from kg_access.reading import member
from kg_access.subject import Subject
from kg_access.vocabulary import Obligation

BY_THE_POINT: Final = frozenset({Obligation.LOG, Obligation.REDACT})
"""What an enforcement point does itself: it records decisions, and sees to it that responses are redacted."""


@attrs.frozen(repr=False)
class Duty:
    """
    One obligation to carry out now.

    Attributes:
        obligation: The obligation.
        decision: The decision that it goes with, a permit or a denial.
        subject: Who asked.
        dossier: The dossier asked about; `None` when there is no such dossier.
        request: The request, as the framework knows it.
        decision_id: The id under which the decision is recorded.
    """

    obligation: Obligation
    decision: Decision
    subject: Subject
    dossier: Dossier | None
    request: Any
    decision_id: str

    def __repr__(self) -> str:
        return f"<Duty {self.obligation} of {self.decision!r}>"


Handler: TypeAlias = Callable[[Duty], Awaitable[None] | None]


def read_handlers(handlers: Mapping[str, Handler] | None, fulfils: frozenset[Obligation]) -> dict[Obligation, Handler]:
    """
    Read the handlers of an application, and hold them against what its guard says that it fulfils.

    Args:
        handlers: By obligation, the function that carries it out.
        fulfils: The obligations that the guard takes as fulfilled.

    Raises:
        InvalidInput: A handler cannot be called, an obligation that the guard counts on has none, or one has a
            handler that the guard does not count on.
        UnknownTerm: An obligation is unknown.
    """
    if handlers is not None and not isinstance(handlers, Mapping):
        raise InvalidInput(
            "handlers", f"expected a mapping from obligation to function, not a {type(handlers).__name__}"
        )
    known = {member("handlers", Obligation, name): handler for name, handler in (handlers or {}).items()}
    for name, handler in known.items():
        if not callable(handler):
            raise InvalidInput("handlers", f"the handler of {quoted(name)} cannot be called")
    for name in sorted(fulfils - BY_THE_POINT - known.keys()):
        raise InvalidInput("handlers", f"the guard counts on {quoted(name)}, but nobody carries it out; add a handler")
    for name in sorted(known.keys() - fulfils):
        raise InvalidInput(
            "handlers", f"{quoted(name)} has a handler, but the guard does not count on it; give it to `fulfils`"
        )
    return known
