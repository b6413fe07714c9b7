"""A request written as a scenario file, ready to be kept as a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import attrs
import yaml

from kg_access.dossier import Dossier
from kg_access.request import AccessRequest
from kg_access.subject import Subject
from kg_access.vocabulary import Effect, Obligation, Reason

_WRITTEN = {"valid_from": "from", "valid_until": "until"}
_COMPUTED = {"id", "timeline", "first", "last", "task_dossier", "by_team", "by_task", "without_link"}


def draft(
    name: str,
    title: str,
    request: AccessRequest,
    effect: Effect,
    *,
    reasons: Iterable[Reason] = (),
    obligations: Iterable[Obligation] = (),
    fulfils: Iterable[Obligation] | None = None,
    switches: Mapping[str, bool] = MappingProxyType({}),
) -> str:
    """
    Write a request as a scenario file with one case and its own organisation.

    Args:
        name: The id of the case.
        title: What it says, in one line.
        request: The request, with a moment.
        effect: What the case expects.
        reasons: The reasons that it expects.
        obligations: The obligations that it expects.
        fulfils: The obligations that the application carries out; `None` for all.
        switches: `published` and `break_glass`, where they are not those of the policy.

    Returns:
        YAML that `kg-access test` reads.
    """
    subject, dossier = request.subject, request.dossier
    organisation: dict[str, Any] = {
        "subjects": {subject.id: _subject(subject)},
        "dossiers": {dossier.id: _dossier(dossier)},
    }
    authorisations = [
        {"id": entry.id, "recipient": subject.organisation or "", **_stated(entry)} for entry in subject.authorisations
    ]
    if authorisations:
        organisation["authorisations"] = authorisations
    case = {
        "id": name,
        "title": title,
        "at": None if request.at is None else request.at.isoformat(),
        "subject": subject.id,
        "action": str(request.action),
        "dossier": dossier.id,
        "group": request.group,
        "categories": sorted(request.categories),
        "purpose": request.purpose,
        "context": _stated(request.context),
        "policy": dict(switches),
        "fulfils": None if fulfils is None else sorted(map(str, fulfils)),
        "expect": {"effect": str(effect), **_listed(reasons=reasons, obligations=obligations)},
    }
    content = {"organisation": organisation, "cases": [{key: value for key, value in case.items() if value}]}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def _listed(**words: Iterable[str]) -> dict[str, list[str]]:
    return {name: listed for name, some in words.items() if (listed := sorted(map(str, some)))}


def _subject(subject: Subject) -> dict[str, Any]:
    written = _stated(subject)
    written.pop("authorisations", None)
    return written


def _dossier(dossier: Dossier) -> dict[str, Any]:
    written = _stated(dossier)
    if dossier.use:
        written["use"] = [
            {"from": first.isoformat()} | ({} if last is None else {"until": last.isoformat()})
            for first, last in dossier.use
        ]
    return written


def _stated(record: Any) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for field in attrs.fields(type(record)):
        name = str(field.name)
        value = _plain(getattr(record, name))
        if name not in _COMPUTED and value not in (None, False, []):
            written[_WRITTEN.get(name, name)] = value
    return written


def _plain(value: object) -> object:
    """Write a value of a record in the words of these files."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(str(word) for word in value)
    if isinstance(value, tuple):
        return [_stated(entry) if attrs.has(type(entry)) else list(entry) for entry in value]
    return value
