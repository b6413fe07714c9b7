"""Audit records in a table of a database that SQLAlchemy reaches, such as PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from kg_access.audit.canonical import parsed
from kg_access.audit.failure import AuditFailure
from kg_access.audit.fault import Fault, FaultFound, Flaw
from kg_access.audit.line import Holds, read_line
from kg_access.audit.log import Addition, LogWriter
from kg_access.audit.record import AuditRecord
from kg_access.audit.signing import Signer
from kg_access.audit.walk import Walk
from kg_access.errors import InvalidInput

try:
    import sqlalchemy as sa
except ImportError:
    raise ImportError("SQLAlchemy is not there; install `kg-access[sqlalchemy]`") from None

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

COLUMNS: Final = ("moment", "subject", "dossier", "service", "action", "purpose", "effect", "phase", "request_id")
AT_A_TIME: Final = 1000

metadata: Final = sa.MetaData()
"""The table, for an application that makes its tables itself."""

table: Final = sa.Table(
    "kg_access_audit",
    metadata,
    sa.Column("log", sa.String(36), primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("decision_id", sa.Text),
    *(sa.Column(name, sa.Text) for name in COLUMNS),
    sa.Index("kg_access_audit_dossier", "dossier", "moment"),
)


class DatabaseSink:
    """
    A log in the table `kg_access_audit`, one for each time that a process starts, each batch in one transaction.

    When the database goes away in the middle of a batch, it is looked up afterwards whether that was stored.

    Args:
        engine: A synchronous engine; a time limit on its connections keeps a network that hangs from holding up all.

    Raises:
        InvalidInput: It is no synchronous engine.
    """

    def __init__(self, engine: Engine) -> None:
        if not isinstance(engine, sa.engine.Engine):
            raise InvalidInput("engine", f"expected a synchronous engine of SQLAlchemy, not a {type(engine).__name__}")
        self._engine = engine
        self._writer = LogWriter(None)
        self._unsure: tuple[Sequence[AuditRecord], Addition] | None = None

    def __repr__(self) -> str:
        return f"<DatabaseSink {self._engine.name}>"

    def open(self, signer: Signer | None) -> None:
        """
        Make the table if it is not there, and begin a log.

        Args:
            signer: What signs checkpoints.
        """
        if not sa.inspect(self._engine).has_table(table.name):
            metadata.create_all(self._engine)
        self._writer, self._unsure = LogWriter(signer), None
        opening = self._writer.opening()
        self._insert(opening)
        self._writer.stored(opening)

    def write(self, batch: Sequence[AuditRecord]) -> None:
        """
        Add records, in one transaction that is committed by the time it returns.

        Args:
            batch: The records.

        Raises:
            AuditFailure: Somebody else has written into this log.
        """
        if self._unsure is not None and self._stored_after_all(batch):
            return
        addition = self._writer.batch(batch)
        self._unsure = batch, addition
        self._insert(addition)
        self._writer.stored(addition)
        self._unsure = None

    def close(self) -> None:
        """Do nothing: the engine belongs to the application."""

    def _insert(self, addition: Addition) -> None:
        first = addition.state.lines - len(addition.lines)
        rows = [
            {
                "log": addition.state.log,
                "position": position,
                "line": line.written()[:-1].decode(),
                **_columns(record),
            }
            for position, (line, record) in enumerate(zip(addition.lines, addition.records, strict=True), first)
        ]
        with self._engine.begin() as connection:
            connection.execute(sa.insert(table), rows)

    def _stored_after_all(self, batch: Sequence[AuditRecord]) -> bool:
        """Read what the table has beyond what is known, and tell whether that is the batch at hand."""
        if self._unsure is None:
            return False
        tried, addition = self._unsure
        known = self._writer.state
        walk = Walk(state=known.copy())
        with self._engine.connect() as connection:
            rows = [raw for raw, _ in _rows(connection, known.log, known.lines)]
        try:
            found = [record for record in walk.follow(rows) if record is not None]
        except FaultFound as error:
            raise AuditFailure(f"somebody else wrote into this log of the database: {error.fault}") from None
        self._writer.state, self._unsure = walk.state, None
        return batch is tried and found == [record for record in addition.records if record is not None]


def database_logs(engine: Engine) -> Iterator[tuple[str, Iterator[bytes]]]:
    """
    Give every log of a database, to verify or read it.

    Args:
        engine: A synchronous engine.

    Returns:
        By its id, the lines of each log; they can be read until the next log is asked for.
    """
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(table.name):
            raise AuditFailure(f"the database has no table `{table.name}`, so no audit log either")
        for log in list(connection.scalars(sa.select(table.c.log).distinct().order_by(table.c.log))):
            yield log, _checked(connection, log)


def _checked(connection: Connection, log: str) -> Iterator[bytes]:
    """Give the lines of a log; a row whose columns do not say what its line says ends it."""
    for number, (raw, columns) in enumerate(_rows(connection, log, 0), start=1):
        yield raw
        line = read_line(raw)
        record = None
        if line is not None and line.holds is Holds.RECORD:
            record = AuditRecord.from_dict(parsed(line.content))
        if columns != _columns(record):
            index = None if record is None else record.index
            raise FaultFound(Fault(Flaw.CHANGED, number, index, "the columns do not say what the line says"))


def _rows(connection: Connection, log: str, first: int) -> Iterator[tuple[bytes, dict[str, str | None]]]:
    query = sa.select(table).where(table.c.log == log, table.c.position >= first).order_by(table.c.position)
    for row in connection.execution_options(yield_per=AT_A_TIME).execute(query).mappings():
        columns = {name: row[name] for name in ("decision_id", *COLUMNS)}
        yield row["line"].encode("utf-8", "surrogatepass") + b"\n", columns


def _columns(record: AuditRecord | None) -> dict[str, str | None]:
    if record is None:
        return dict.fromkeys(("decision_id", *COLUMNS))
    values = {name: getattr(record, name) for name in COLUMNS}
    return {
        name: None if value is None else _storable(str(value))
        for name, value in {"decision_id": record.id, **values}.items()
    }


def _storable(text: str) -> str:
    """Leave out of a column what databases cannot hold; the line has it all."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
