"""Options that several commands share: which policy, and a request about an organisation's people and dossiers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import attrs

from kg_access._shipped import shipped
from kg_access.errors import InvalidInput, did_you_mean, quoted
from kg_access.guard import Guard
from kg_access.request import NOTHING_STATED, AccessRequest, Context
from kg_access.scenarios import Organisation, read_moment, read_organisation
from kg_access.vocabulary import Obligation

FLAGS = {"true": True, "false": False}


def add_policy(parser: argparse.ArgumentParser) -> None:
    """
    Add the options that say which policy.

    Args:
        parser: The parser of a command.
    """
    parser.add_argument("--policies", metavar="FOLDER", help="a policy of your own instead of the shipped one")
    parser.add_argument("--models", metavar="FOLDER", help="the Casbin models of that policy")


def folder(options: argparse.Namespace) -> Path:
    """
    Tell where the policy lies, from the current folder if it is inside.

    Args:
        options: The options of the command line.
    """
    if options.policies is not None:
        return Path(options.policies)
    path = Path(str(shipped("policies")))
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def models(options: argparse.Namespace) -> Path:
    """
    Tell where the Casbin models lie: the shipped ones unless the options name others.

    Args:
        options: The options of the command line.
    """
    return Path(str(shipped("models")) if options.models is None else options.models)


def guard(options: argparse.Namespace) -> Guard:
    """
    Make the guard that the options ask for; it takes every obligation as fulfilled.

    Args:
        options: The options of the command line.
    """
    if options.policies is None and options.models is None:
        return Guard.shipped(fulfils=Obligation)
    return Guard.load(folder(options), models=options.models, fulfils=Obligation)


def add_request(parser: argparse.ArgumentParser) -> None:
    """
    Add the arguments and options of a request.

    Args:
        parser: The parser of a command.
    """
    parser.add_argument("subject", help="who asks, an id of the organisation")
    parser.add_argument("action", help="read, search, update, export, disclose, communicate, store, transfer, delete")
    parser.add_argument("dossier", help="the dossier, an id of the organisation")
    parser.add_argument("--categories", default="", metavar="WORDS", help="kinds of data, joined by commas")
    parser.add_argument("--group", help="the group of people that the data are about")
    parser.add_argument("--purpose", help="what the data are for")
    parser.add_argument("--at", metavar="MOMENT", help="such as 2019-06-17T10:00:00+02:00; now when left out")
    parser.add_argument("--mode", default="all", help="all (default) or redact")
    parser.add_argument(
        "--context", action="append", default=[], metavar="NAME=VALUE", help="a circumstance, such as channel=office365"
    )
    parser.add_argument(
        "--organisation", metavar="FILE", help="YAML file with people and dossiers; the example when left out"
    )
    add_policy(parser)


def organisation(options: argparse.Namespace) -> Organisation:
    """
    Read the organisation that the options name.

    Args:
        options: The options of the command line.
    """
    if options.organisation is not None:
        return read_organisation(Path(options.organisation))
    return read_organisation(Path(str(shipped("policies") / "scenarios" / "organisation.yaml")))


def request(options: argparse.Namespace) -> AccessRequest:
    """
    Make the request that the options ask about.

    Args:
        options: The options of the command line.

    Raises:
        InvalidInput: A person, a dossier or a circumstance is unknown, or the moment cannot be read.
    """
    people = organisation(options)
    return AccessRequest(
        subject=people.subject(options.subject),
        action=options.action,
        dossier=people.dossier(options.dossier),
        categories=frozenset(word.strip() for word in options.categories.split(",") if word.strip()),
        group=options.group,
        purpose=options.purpose,
        at=None if options.at is None else read_moment(options.at),
        mode=options.mode,
        context=_context(options.context),
    )


def arguments(asked: AccessRequest) -> dict[str, Any]:
    """
    Take a request apart into the keyword arguments of a guard.

    Args:
        asked: The request.
    """
    return {
        "categories": asked.categories,
        "group": asked.group,
        "purpose": asked.purpose,
        "at": asked.at,
        "mode": asked.mode,
        "context": asked.context,
    }


def _context(pairs: list[str]) -> Context:
    if not pairs:
        return NOTHING_STATED
    known = [field.name for field in attrs.fields(Context)]
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InvalidInput("context", f"{quoted(pair)} is no circumstance; write `name=value`")
        if name not in known:
            raise InvalidInput("context", f"unknown circumstance {quoted(name)}; {did_you_mean(name, known)}")
        flag = name in {"caller_verified", "encrypted"}
        if flag and value not in FLAGS:
            raise InvalidInput("context", f"{quoted(pair)} is no circumstance; write `{name}=true` or `{name}=false`")
        values[name] = FLAGS[value] if flag else value
    return Context(**values)
