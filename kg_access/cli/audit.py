"""`kg-access audit`: verify audit logs, report to the person concerned, export records, make a signing key."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kg_access.audit import (
    AuditRecord,
    Checkpoint,
    Signer,
    Verifier,
    read_records,
    subject_report,
    to_fhir,
    to_ocsf,
    verify_all,
)
from kg_access.audit.verification import open_log
from kg_access.cli.outcome import FAILED, OK, Outcome
from kg_access.errors import InvalidInput, quoted


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "audit",
        help="verify audit logs, tell who looked at a dossier, export records",
        description="Work with the logs that the audit trail of an application has written.",
        epilog="example: kg-access audit verify audit.log --key audit.pub",
    )
    tasks = parser.add_subparsers(required=True, metavar="TASK")
    _register_verify(tasks)
    _register_report(tasks)
    _register_export(tasks)
    key = tasks.add_parser("key", help="make a key pair that signs checkpoints")
    key.add_argument("folder", metavar="FOLDER", help="where to write `audit.key`, which stays secret, and `audit.pub`")
    key.set_defaults(run=make_key)


def run_verify(options: argparse.Namespace) -> Outcome:
    """
    Verify logs: exit code 0 when all are sound, 4 when one is not.

    Args:
        options: The options of the command line.
    """
    verifier = None if options.key is None else Verifier.load(*options.key)
    seen = [] if options.seen is None else _checkpoints(Path(options.seen))
    with ExitStack() as opened:
        found = verify_all(_logs(options.logs, opened), verifier=verifier, seen=seen)
    if options.format == "json":
        text = json.dumps([one.as_dict() for one in found], ensure_ascii=False, indent=2)
    else:
        text = "\n".join(map(str, found))
    return Outcome(text, OK if all(found) else FAILED)


def run_report(options: argparse.Namespace) -> Outcome:
    """
    Tell who looked at a dossier.

    Args:
        options: The options of the command line.
    """
    report = subject_report(
        _records(options), options.dossier, names=options.names, denied=options.denied, language=options.language
    )
    return Outcome({"pretty": report.text, "json": report.json, "html": report.page}[options.format]())


def run_export(options: argparse.Namespace) -> Outcome:
    """
    Write the records of logs in another format, one a line.

    Args:
        options: The options of the command line.
    """
    write = {"jsonl": AuditRecord.as_dict, "ocsf": to_ocsf, "fhir": to_fhir}[options.format]
    return Outcome("\n".join(json.dumps(write(record), ensure_ascii=False) for record in _records(options)))


def make_key(options: argparse.Namespace) -> Outcome:
    """
    Make a key pair that signs checkpoints; files that are there already stay.

    Args:
        options: The options of the command line.
    """
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    signer = Signer.generate()
    signer.save(folder / "audit.key")
    signer.save_public(folder / "audit.pub")
    return Outcome(f"wrote {folder / 'audit.key'}, to keep secret, and {folder / 'audit.pub'}")


def _register_verify(tasks: Any) -> None:
    parser = tasks.add_parser("verify", help="find the first bad record of a log: exit code 4 when there is one")
    _add_logs(parser)
    parser.add_argument("--seen", metavar="FILE", help="checkpoints that were kept elsewhere, as `--format json` gives")
    parser.add_argument("--format", choices=("pretty", "json"), default="pretty", help="how to print the outcome")
    parser.set_defaults(run=run_verify)


def _register_report(tasks: Any) -> None:
    parser = tasks.add_parser("subject-report", help="tell who looked at a dossier, and what for")
    _add_logs(parser)
    parser.add_argument("--dossier", required=True, metavar="ID", help="the dossier")
    parser.add_argument("--names", action="store_true", help="give the ids of people too")
    parser.add_argument("--denied", action="store_true", help="list denied attempts too")
    parser.add_argument("--language", default="en", help="en (default) or nl")
    parser.add_argument("--format", choices=("pretty", "json", "html"), default="pretty", help="how to print it")
    parser.set_defaults(run=run_report)


def _register_export(tasks: Any) -> None:
    parser = tasks.add_parser("export", help="write records as JSON, OCSF or FHIR, one a line; they hold ids of people")
    _add_logs(parser)
    parser.add_argument("--format", choices=("jsonl", "ocsf", "fhir"), default="jsonl", help="the format")
    parser.set_defaults(run=run_export)


def _add_logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "logs",
        nargs="+",
        metavar="LOG",
        help="a log, a folder with logs in files `*.log`, or an SQLAlchemy URL of a database",
    )
    parser.add_argument("--key", action="append", metavar="FILE", help="a public key that checks signatures")


def _records(options: argparse.Namespace) -> Iterator[AuditRecord]:
    verifier = None if options.key is None else Verifier.load(*options.key)
    with ExitStack() as opened:
        for _, lines in _logs(options.logs, opened):
            yield from read_records(lines, verifier=verifier)


def _logs(names: list[str], opened: ExitStack) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Give the lines of every log that files, folders and databases hold."""
    for name in names:
        if "://" in name:
            yield from _database(name, opened)
            continue
        path = Path(name)
        found = sorted(path.glob("*.log")) if path.is_dir() else [path]
        if not found:
            raise InvalidInput("LOG", f"there is no file `*.log` in {quoted(name)}")
        for file in found:
            yield str(file), opened.enter_context(open_log(file))


def _database(url: str, opened: ExitStack) -> Iterator[tuple[str, Iterable[bytes]]]:
    try:
        from sqlalchemy import create_engine  # noqa: PLC0415 - an extra
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - an extra

        from kg_access.audit.sinks.database import database_logs  # noqa: PLC0415 - an extra
    except ImportError:
        raise InvalidInput("LOG", "SQLAlchemy is not there; install `kg-access[sqlalchemy]`") from None
    try:
        engine = create_engine(url)
        opened.callback(engine.dispose)
        yield from database_logs(engine)
    except SQLAlchemyError as error:
        raise InvalidInput("LOG", f"the database cannot be read: {type(error).__name__}") from None


def _checkpoints(path: Path) -> list[Checkpoint]:
    """Read checkpoints, by themselves or in what `verify --format json` printed."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise InvalidInput("--seen", f"{quoted(path)} is no file with JSON in it") from None
    entries = content if isinstance(content, list) else [content]
    found = [one.get("checkpoint", one) if isinstance(one, dict) else one for one in entries]
    return [Checkpoint.from_dict(one) for one in found if one is not None]
