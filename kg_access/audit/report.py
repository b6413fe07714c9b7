"""
Who looked at a dossier, for the person whom it is about (GDPR article 15, CJEU C-579/21).

The person learns the dates, the purposes and the services; the names of members of staff stay out unless they are
asked for, since the person needs them only to make use of their rights.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from kg_access.audit.record import AuditRecord
from kg_access.days import BRUSSELS
from kg_access.markup import document, tag
from kg_access.reading import identifier, member
from kg_access.vocabulary import Language

STYLE: Final = "body{font:1rem/1.5 sans-serif;margin:2rem}td,th{padding:.3rem .6rem;border:1px solid;text-align:left}"
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "Who looked at this dossier",
        "none": "Nobody is on record.",
        "when": "When",
        "purpose": "Purpose",
        "service": "Service",
        "capacity": "In what capacity",
        "action": "What was done",
        "categories": "Kinds of data",
        "granted": "Granted",
        "name": "Name",
        "yes": "yes",
        "no": "no",
        "unknown": "not stated",
    },
    "nl": {
        "title": "Wie dit dossier heeft bekeken",
        "none": "Er is niemand geregistreerd.",
        "when": "Wanneer",
        "purpose": "Doel",
        "service": "Dienst",
        "capacity": "In welke hoedanigheid",
        "action": "Wat er gebeurde",
        "categories": "Soorten gegevens",
        "granted": "Toegestaan",
        "name": "Naam",
        "yes": "ja",
        "no": "nee",
        "unknown": "niet vermeld",
    },
}


@attrs.frozen(repr=False)
class Look:
    """
    One time that somebody asked for the dossier.

    Attributes:
        at: When, in Brussels.
        purpose: What for; `None` when it was not stated.
        service: The service of the dossier.
        capacity: What kind of person it was, with the organisation of a processor or recipient.
        action: What they asked to do.
        categories: The kinds of data that they could use; on a denial, that they asked for.
        granted: Whether it was allowed.
        name: The id of the person; `None` when names are withheld.
    """

    at: datetime
    purpose: str | None
    service: str | None
    capacity: str
    action: str
    categories: tuple[str, ...]
    granted: bool
    name: str | None

    def __repr__(self) -> str:
        return f"<Look {self.action}>"


@attrs.frozen(repr=False)
class SubjectReport:
    """
    Who looked at a dossier.

    Attributes:
        language: nl or en.
        looks: The times that somebody asked, oldest first.
        names: Whether names are shown.
    """

    language: str
    looks: tuple[Look, ...]
    names: bool

    def __repr__(self) -> str:
        return f"<SubjectReport of {len(self.looks)} looks>"

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """Write the report as plain text, one line for each look."""
        words = WORDS[self.language]
        if not self.looks:
            return f"{words['title']}\n{words['none']}"
        lines = [" | ".join(f"{words[column]}: {value}" for column, value in self._cells(look)) for look in self.looks]
        return "\n".join([words["title"], *lines])

    def as_dict(self) -> dict[str, Any]:
        """Give the report as plain dicts and lists, for JSON."""
        looks = []
        for look in self.looks:
            content = attrs.asdict(look)
            content |= {"at": look.at.isoformat(), "categories": list(look.categories)}
            if not self.names:
                del content["name"]
            looks.append(content)
        return {"language": self.language, "looks": looks}

    def json(self) -> str:
        """Write the report as JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2)

    def html(self) -> str:
        """Write the report as a table of HTML, with every text escaped."""
        words = WORDS[self.language]
        if not self.looks:
            return tag("p", words["none"])
        rows = [dict(self._cells(look)) for look in self.looks]
        head = tag("tr", *(tag("th", words[column], scope="col") for column in rows[0]))
        body = (tag("tr", *(tag("td", value) for value in row.values())) for row in rows)
        caption = tag("caption", words["title"])
        return tag("table", caption, tag("thead", head), tag("tbody", *body), lang=self.language)

    def page(self) -> str:
        """Write the report as a page of HTML that needs nothing else."""
        title = WORDS[self.language]["title"]
        body = tag("main", tag("h1", title), self.html())
        return document(title, STYLE, body, language=self.language)

    def __html__(self) -> str:
        return self.html()

    def _cells(self, look: Look) -> Iterator[tuple[str, str]]:
        words = WORDS[self.language]
        yield "when", look.at.strftime("%Y-%m-%d %H:%M")
        if self.names:
            yield "name", look.name or words["unknown"]
        yield "purpose", look.purpose or words["unknown"]
        yield "service", look.service or words["unknown"]
        yield "capacity", look.capacity
        yield "action", look.action
        yield "categories", ", ".join(look.categories) or words["unknown"]
        yield "granted", words["yes"] if look.granted else words["no"]


def subject_report(
    records: Iterable[AuditRecord], dossier: str, *, names: bool = False, denied: bool = False, language: str = "en"
) -> SubjectReport:
    """
    Tell who looked at a dossier.

    Args:
        records: The records of one or more logs.
        dossier: The id of the dossier.
        names: Whether to give the ids of people.
        denied: Whether to list denied attempts too.
        language: nl or en.

    Raises:
        InvalidInput: The dossier is no id.
        UnknownTerm: The language is unknown.
    """
    wanted = identifier("dossier", dossier)
    told = member("language", Language, language)
    about = [one for one in records if one.dossier == wanted and (one.allowed or denied)]
    looks = [_look(one, names=names) for one in sorted(about, key=lambda one: one.moment)]
    return SubjectReport(str(told), tuple(looks), names)


def _look(record: AuditRecord, *, names: bool) -> Look:
    organisation = "" if record.organisation is None else f" ({record.organisation})"
    return Look(
        at=record.at.astimezone(BRUSSELS),
        purpose=record.purpose,
        service=record.service,
        capacity=f"{record.kind}{organisation}",
        action=record.action,
        categories=record.permitted if record.allowed else record.categories,
        granted=record.allowed,
        name=record.subject if names else None,
    )
