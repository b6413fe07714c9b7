"""A report of figures and findings, as text and as one HTML page that needs nothing else; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from kg_access.markup import Markup, document, joined, tag

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #767676;padding:.3rem .6rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}caption{text-align:left;font-weight:bold}code{font-size:.9em}"
)


@attrs.frozen
class Entry:
    """
    One finding.

    Attributes:
        place: File and line.
        text: What was found there.
        request: The smallest request that would help, in words; empty when there is none.
    """

    place: str
    text: str
    request: str = ""


@attrs.frozen
class Section:
    """
    Findings of one kind.

    Attributes:
        title: What they have in common.
        entries: The findings.
    """

    title: str
    entries: tuple[Entry, ...]


@attrs.frozen
class Report:
    """
    What was measured.

    Attributes:
        title: What it is about.
        figures: Names with their figures.
        sections: The findings.
    """

    title: str
    figures: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]

    def text(self) -> str:
        """Write the report as text."""
        width = max(len(name) for name, _ in self.figures)
        lines = [f"{name:{width}}  {figure}" for name, figure in self.figures]
        for section in self.sections:
            if section.entries:
                lines += ["", f"{section.title}:"]
            for entry in section.entries:
                lines.append(f"{entry.place}: {entry.text}")
                if entry.request:
                    lines.append(f"    smallest request: {entry.request}")
        return "\n".join(lines)


def page(title: str, reports: Iterable[Report]) -> str:
    """
    Write reports as one HTML page, without a script and without anything from elsewhere.

    Args:
        title: The title of the page.
        reports: The reports.
    """
    return document(title, _STYLE, tag("main", tag("h1", title), *map(_part, reports)))


def _part(report: Report) -> Markup:
    figures = (tag("tr", tag("th", name, scope="row"), tag("td", figure)) for name, figure in report.figures)
    sections = (_section(section) for section in report.sections if section.entries)
    return tag("section", tag("h2", report.title), tag("table", *figures), *sections)


def _section(section: Section) -> Markup:
    head = (tag("th", name, scope="col") for name in ("place", "finding", "smallest request"))
    rows = (
        tag("tr", tag("td", tag("code", entry.place)), tag("td", entry.text), tag("td", entry.request))
        for entry in section.entries
    )
    whole = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows))
    return joined([tag("h3", section.title), whole])
