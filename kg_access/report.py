"""A report of figures and findings, as text and as one HTML page that needs nothing else; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

import attrs

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
    body = "".join(_part(report) for report in reports)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{escape(title)}</h1>\n{body}</main></body></html>\n"
    )


def _part(report: Report) -> str:
    figures = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(figure)}</td></tr>' for name, figure in report.figures
    )
    sections = "".join(_section(section) for section in report.sections if section.entries)
    return f"<section><h2>{escape(report.title)}</h2>\n<table>{figures}</table>\n{sections}</section>\n"


def _section(section: Section) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("place", "finding", "smallest request"))
    rows = "".join(
        f"<tr><td><code>{escape(entry.place)}</code></td><td>{escape(entry.text)}</td>"
        f"<td>{escape(entry.request)}</td></tr>\n"
        for entry in section.entries
    )
    return f"<h3>{escape(section.title)}</h3>\n<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>\n"
