"""An explanation in a terminal that rich draws on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.padding import Padding
from rich.text import Text

from kg_access.explain.record import Explanation


def render(explanation: Explanation) -> Iterator[Any]:
    """
    Draw an explanation.

    Args:
        explanation: The explanation.
    """
    if explanation.decision is None:
        yield Text(explanation.headline, style="bold")
    else:
        yield Text(explanation.headline, style="bold green" if explanation else "bold red")
    for heading, entries in explanation.sections():
        yield Text(f"\n{heading}", style="bold")
        for entry in entries:
            indent = len(entry) - len(entry.lstrip())
            yield Padding(Text(entry.lstrip(), style=_style(entry)), (0, 0, 0, 2 + indent))
    yield Text(f"\n{explanation.labels['contact']}: {explanation.contact}", style="dim")
    if explanation.decision is not None:
        yield Text(f"{explanation.labels['policy']}: {explanation.decision.policy}", style="dim")


def _style(entry: str) -> str:
    return {"-": "red", "+": "green"}.get(entry.lstrip()[:1], "")
