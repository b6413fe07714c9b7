"""The audit trail: nothing is lost that must be kept, and nothing can be changed unseen."""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_access import Guard, InvalidInput, Obligation, UnknownTerm
from kg_access.audit import (
    AuditFailure,
    AuditRecord,
    Event,
    JsonLinesSink,
    LoggingSink,
    Signer,
    Trail,
    Verifier,
    read_records,
    subject_report,
    to_fhir,
    to_ocsf,
    verify,
    verify_all,
)
from kg_access.audit.merkle import (
    Tree,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
)
from kg_access.audit.sinks.database import DatabaseSink, database_logs
from kg_access.audit.sinks.opentelemetry import OpenTelemetrySink
from kg_access.cli import main
from tests.benchmarks.figures import AT, dossier, health, nurse
from tests.postgres import Server, postgres

GUARD = Guard.shipped(fulfils=Obligation)
PERMIT = GUARD.decide(nurse(), "read", dossier(), at=AT, **health())
DENIAL = GUARD.decide(nurse(), "read", dossier(team="LT-ANTW"), at=AT, **health())
SIGNER = Signer.generate()
VERIFIER = SIGNER.verifier()


def event(number: int = 1, **changes: Any) -> Event:
    """Make the event of a decision."""
    usual: dict[str, Any] = {
        "moment": 1_560_758_400.0 + number,
        "id": f"00000000-0000-8000-8000-{number:012x}",
        "request_id": f"request {number}",
        "subject": "nele",
        "kind": "staff",
        "organisation": None,
        "dossier": "D1",
        "service": "preventive_family_support",
        "action": "read",
        "categories": frozenset({"health"}),
        "group": "child_and_family",
        "purpose": "preventive_family_support",
        "decision": PERMIT,
    }
    return Event(**{**usual, **changes})


def written(path: Path, count: int, *, signer: Signer | None = SIGNER, batch: int = 3) -> list[bytes]:
    """Write a log of records, some in each batch, and give its lines."""
    with Trail(JsonLinesSink(path), mode="required", signer=signer) as trail:
        for start in range(0, count, batch):
            futures = [trail.record(event(number)) for number in range(start, min(start + batch, count))]
            for future in futures:
                assert future is not None
                future.result(5)
    return path.read_bytes().splitlines(keepends=True)


class Failing:
    """A sink that raises until it is told to work."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []
        self.works = threading.Event()
        self.tried = threading.Event()

    def open(self, signer: Signer | None) -> None:
        """Do nothing."""

    def write(self, batch: Sequence[AuditRecord]) -> None:
        """Keep a batch, or raise."""
        self.tried.set()
        if not self.works.is_set():
            raise OSError("the disk is gone")
        self.records += batch

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a log."""
    return tmp_path / "audit.log"


class TestRecords:
    """What is written of a decision."""

    def test_a_record_says_who_asked_what_and_why_it_was_answered_so(self) -> None:
        """The record of a denial has its reasons, its rules and the policy version of that moment."""
        record = AuditRecord.of(7, event(decision=DENIAL))

        assert (record.index, record.subject, record.dossier, record.action) == (7, "nele", "D1", "read")
        assert (record.effect, record.reasons, record.rules) == ("deny", ("no_task_need",), DENIAL.rules)
        assert record.policy.digest == GUARD.policy.digest
        assert not record.allowed

    def test_a_record_reads_back_what_it_wrote(self) -> None:
        """A record as JSON gives an equal record."""
        record = AuditRecord.of(0, event())

        assert AuditRecord.from_dict(json.loads(record.canonical())) == record

    def test_a_record_shows_nobody(self) -> None:
        """Neither the record nor the event names a person or a dossier in what a log would show of it."""
        shown = repr(AuditRecord.of(0, event())) + repr(event())

        assert "nele" not in shown
        assert "D1" not in shown

    @pytest.mark.parametrize("change", [{"action": None}, {"subject": 7}, {"extra": 1}, {"effect": "maybe"}])
    def test_a_malformed_record_is_refused(self, change: dict[str, Any]) -> None:
        """A field that is missing, unknown or of another type is named."""
        content = AuditRecord.of(0, event()).as_dict() | change
        if change.get("action", "") is None:
            del content["action"]
        with pytest.raises(InvalidInput) as refused:
            AuditRecord.from_dict(content)

        assert next(iter(change)) in str(refused.value)


class TestTrail:
    """The queue in front of the sinks."""

    def test_what_is_recorded_is_in_the_log(self, path: Path) -> None:
        """A log holds every record, in order, is sound, and only its owner can read it."""
        written(path, 8)
        with path.open("rb") as lines:
            records = list(read_records(lines, verifier=VERIFIER))

        assert [record.index for record in records] == list(range(8))
        assert records[3].request_id == "request 3"
        assert path.stat().st_mode & 0o777 == 0o600
        assert verify(path, verifier=VERIFIER)

    def test_best_effort_drops_and_counts_what_does_not_fit(self, caplog: pytest.LogCaptureFixture) -> None:
        """With a sink that is down, the caller goes on; what does not fit in the queue is counted and reported."""
        sink = Failing()
        trail = Trail(sink, capacity=5)
        for number in range(40):
            assert trail.record(event(number)) is None
        sink.works.set()
        assert trail.flush(5)
        trail.close()

        assert trail.dropped > 0
        assert len(sink.records) + trail.dropped == 40
        assert "audit records dropped" in caplog.text

    def test_best_effort_loses_nothing_while_the_queue_has_room(self) -> None:
        """A sink that was down for a while gets everything once it is back, and nothing twice."""
        sink = Failing()
        with Trail(sink) as trail:
            for number in range(20):
                trail.record(event(number))
            assert sink.tried.wait(5)
            sink.works.set()
            assert trail.flush(5)

        assert [record.request_id for record in sink.records] == [f"request {number}" for number in range(20)]
        assert trail.dropped == 0

    def test_required_fails_when_a_sink_is_down(self) -> None:
        """In `required`, a record that cannot be stored in time fails, so that access can be denied."""
        trail = Trail(Failing(), mode="required", patience=0.05)
        future = trail.record(event())
        assert future is not None
        with pytest.raises(AuditFailure):
            future.result(5)
        trail.close(0.1)

    def test_required_fails_when_the_queue_is_full(self) -> None:
        """In `required`, a record that finds the queue full fails at once."""
        sink = Failing()
        trail = Trail(sink, mode="required", capacity=2, patience=5)
        futures = [trail.record(event(number)) for number in range(30)]
        failed = [future for future in futures if future is not None and future.done() and future.exception()]

        assert failed
        assert all(isinstance(future.exception(), AuditFailure) for future in failed)
        sink.works.set()
        trail.close()

    def test_one_sink_that_is_down_stores_nothing_twice_elsewhere(self) -> None:
        """Of two sinks, the one that works gets each record once while the other is tried again."""
        down, up = Failing(), Failing()
        up.works.set()
        with Trail(down, up) as trail:
            for number in range(10):
                trail.record(event(number))
            assert down.tried.wait(5)
            down.works.set()
            assert trail.flush(5)

        assert len(up.records) == len(down.records) == 10

    def test_a_closed_trail_takes_no_more(self, path: Path) -> None:
        """After `close`, a required record fails and another is counted as dropped."""
        required, effort = Trail(JsonLinesSink(path), mode="required"), Trail(Failing())
        required.close()
        effort.close()
        future = required.record(event())

        assert future is not None
        assert isinstance(future.exception(), AuditFailure)
        assert effort.record(event()) is None
        assert effort.dropped == 1

    def test_a_clock_that_goes_back_changes_nothing(self, path: Path) -> None:
        """Numbers give the order; a log whose moments decrease is sound."""
        with Trail(JsonLinesSink(path), signer=SIGNER) as trail:
            for number in (5, 3, 9, 1):
                trail.record(event(number))
            assert trail.flush(5)

        assert verify(path, verifier=VERIFIER)

    def test_a_forked_process_refuses(self, path: Path) -> None:
        """A child of a process whose trail has started cannot write into its log."""
        with Trail(JsonLinesSink(path), mode="required") as trail:
            first = trail.record(event(0))
            assert first is not None
            first.result(5)
            child = os.fork()
            if child == 0:
                future = trail.record(event(1))
                os._exit(0 if future is not None and future.exception() else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

        assert verify(path).records == 1

    @pytest.mark.parametrize(
        ("arguments", "named", "error"),
        [
            ((), {}, InvalidInput),
            ((Failing,), {}, InvalidInput),
            ((Failing(),), {"mode": "perhaps"}, UnknownTerm),
            ((Failing(),), {"capacity": 0}, InvalidInput),
            ((Failing(),), {"patience": 0}, InvalidInput),
            ((Failing(),), {"signer": "key"}, InvalidInput),
        ],
    )
    def test_a_wrong_trail_is_refused(
        self, arguments: tuple[Any, ...], named: dict[str, Any], error: type[Exception]
    ) -> None:
        """What a trail cannot work with is said when it is made."""
        with pytest.raises(error):
            Trail(*arguments, **named)


class TestKilled:
    """A process that is killed."""

    PROGRAM = """
import sys
from kg_access.audit import JsonLinesSink, Trail
from tests.test_audit import event
trail = Trail(JsonLinesSink(sys.argv[1]), mode="required")
for number in range(100000):
    futures = [trail.record(event(number * 10 + each)) for each in range(10)]
    for each, future in enumerate(futures):
        future.result(5)
        print(number * 10 + each, flush=True)
"""

    def test_no_record_is_lost_that_was_reported_as_stored(self, path: Path) -> None:
        """After kill -9, the log holds every record whose future was done, goes on, and is sound."""
        command = [sys.executable, "-c", self.PROGRAM, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own code
            assert process.stdout is not None
            stored = [int(process.stdout.readline()) for _ in range(200)]
            process.send_signal(signal.SIGKILL)
            stored += [int(line) for line in process.stdout.read().split("\n")[:-1]]
        with Trail(JsonLinesSink(path), mode="required") as trail:
            last = trail.record(event(7))
            assert last is not None
            last.result(5)
        with path.open("rb") as lines:
            found = [record.request_id for record in read_records(lines)]

        assert found[: len(stored)] == [f"request {number}" for number in stored]
        assert found[-1] == "request 7"
        assert verify(path)


class TestJsonLines:
    """A log in a file."""

    def test_a_log_goes_on_where_it_ended(self, path: Path) -> None:
        """A log that is opened again keeps its id and its chain."""
        written(path, 4)
        before = verify(path)
        written(path, 3)
        after = verify(path, verifier=VERIFIER, seen=before.checkpoint or ())

        assert (after.records, after.log) == (7, before.log)
        assert after

    def test_a_torn_last_line_is_moved_aside(self, path: Path, tmp_path: Path) -> None:
        """What a crash left of a line is kept in a file beside the log, which goes on."""
        lines = written(path, 3, signer=None)
        path.write_bytes(b"".join(lines) + b'{"torn')
        written(path, 1, signer=None)

        assert verify(path).records == 4
        aside = [other for other in tmp_path.iterdir() if other != path]
        assert [other.read_bytes() for other in aside] == [b'{"torn']

    def test_a_log_that_was_changed_is_not_gone_on_with(self, path: Path) -> None:
        """A log that is not sound is refused, and stays as it is."""
        lines = written(path, 3)
        lines[2] = lines[2].replace(b"nele", b"bert")
        path.write_bytes(b"".join(lines))
        with pytest.raises(AuditFailure):
            Trail(JsonLinesSink(path), signer=SIGNER).start()

        assert path.read_bytes() == b"".join(lines)

    def test_two_writers_cannot_have_the_same_file(self, path: Path) -> None:
        """A second trail on the same file is told so."""
        with Trail(JsonLinesSink(path)), pytest.raises(AuditFailure, match="process"):
            Trail(JsonLinesSink(path)).start()

    def test_a_full_disk_leaves_whole_batches(self, path: Path) -> None:
        """A batch for which there is no room is taken back; the log stays sound."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        trail = Trail(JsonLinesSink(path), mode="required", patience=0.1)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, before[1]))
            outcomes = []
            for number in range(12):
                future = trail.record(event(number))
                assert future is not None
                outcomes.append(future.exception(5) is None)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, ignored)
            trail.close(1)

        assert True in outcomes
        assert False in outcomes
        assert verify(path)
        assert verify(path).records >= outcomes.count(True)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The lines of a sound, signed log."""
    return written(tmp_path_factory.mktemp("logs") / "audit.log", 9)


class TestVerification:
    """Whether a log is what was written."""

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_a_changed_byte_is_found_where_it_is(self, lines: list[bytes], data: st.DataObject) -> None:
        """Whichever byte is changed, the first line that is named is the one that holds it, or the one after."""
        number = data.draw(st.integers(0, len(lines) - 1))
        place = data.draw(st.integers(0, len(lines[number]) - 2))
        changed = bytearray(lines[number])
        changed[place] ^= data.draw(st.integers(1, 255))
        outcome = verify([*lines[:number], bytes(changed), *lines[number + 1 :]], verifier=VERIFIER)

        assert not outcome
        assert outcome.fault is not None
        assert outcome.fault.line == number + 1

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_dropped_and_swapped_lines_are_found(self, lines: list[bytes], data: st.DataObject) -> None:
        """A log from which a line is taken, or in which two change places, is not sound from there on."""
        one, other = sorted(data.draw(st.sets(st.integers(0, len(lines) - 2), min_size=2, max_size=2)))
        dropped = lines[:one] + lines[one + 1 :]
        swapped = list(lines)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        for changed in (dropped, swapped):
            outcome = verify(changed, verifier=VERIFIER)
            assert outcome.fault is not None
            assert outcome.fault.line <= one + 1

    def test_an_end_that_was_cut_off_shows_against_a_checkpoint(self, lines: list[bytes]) -> None:
        """Alone, a shorter log looks sound; against a checkpoint that was kept elsewhere it does not."""
        seen = verify(lines, verifier=VERIFIER).checkpoint
        assert seen is not None
        ends = [number for number, line in enumerate(lines) if b'"signature"' in line]
        shorter = lines[: ends[0] + 1]

        assert verify(shorter, verifier=VERIFIER)
        assert not verify(shorter, verifier=VERIFIER, seen=seen)
        assert not verify_all([("audit.log", shorter)], seen=[seen])[0]

    def test_a_whole_log_that_is_gone_is_missed(self, lines: list[bytes]) -> None:
        """A log that was seen before and is not there any more is reported."""
        seen = verify(lines).checkpoint
        assert seen is not None
        (missing,) = verify_all([], seen=[seen])

        assert not missing

    def test_another_key_is_not_believed(self, lines: list[bytes]) -> None:
        """Signatures of a key that the verifier does not know are refused, and so is no signature at all."""
        assert not verify(lines, verifier=Signer.generate().verifier())
        assert not verify([line for line in lines if b'"signature"' not in line], verifier=VERIFIER)

    def test_keys_are_kept_in_files(self, tmp_path: Path, lines: list[bytes]) -> None:
        """A key that is saved and loaded signs and checks the same; the private one is for its owner alone."""
        SIGNER.save(tmp_path / "audit.key")
        SIGNER.save_public(tmp_path / "audit.pub")

        assert (tmp_path / "audit.key").stat().st_mode & 0o777 == 0o600
        assert verify(lines, verifier=Verifier.load(tmp_path / "audit.pub"))
        assert verify(lines, verifier=Signer.load(tmp_path / "audit.key").verifier())
        with pytest.raises((AuditFailure, OSError)):
            SIGNER.save(tmp_path / "audit.key")


def naive_root(leaves: list[bytes]) -> bytes:
    """Compute the root as RFC 9162 defines it."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(naive_root(leaves[:half]), naive_root(leaves[half:]))


class TestMerkle:
    """The tree over the records."""

    @given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
    def test_the_tree_is_that_of_the_standard(self, entries: list[bytes], data: st.DataObject) -> None:
        """Root, proofs of inclusion and of consistency agree with the definition."""
        leaves = [leaf_hash(entry) for entry in entries]
        tree = Tree()
        for leaf in leaves:
            tree.append(leaf)
        root = naive_root(leaves)
        index = data.draw(st.integers(0, len(leaves) - 1))
        size = data.draw(st.integers(1, len(leaves)))
        proof = inclusion_proof(leaves, index)
        consistency = consistency_proof(leaves, size)

        assert tree.root() == root
        assert is_included(leaves[index], index, len(leaves), proof, root)
        assert not is_included(leaf_hash(b"another entry"), index, len(leaves), proof, root)
        assert is_consistent(size, len(leaves), consistency, naive_root(leaves[:size]), root)
        if size < len(leaves):
            assert not is_consistent(size, len(leaves), consistency, leaf_hash(b"another"), root)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A real PostgreSQL."""
    with postgres() as running:
        yield running


class TestDatabase:
    """A log in a database."""

    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_what_is_recorded_is_in_the_database(self, kind: str, tmp_path: Path, request: Any) -> None:
        """Records are stored with columns to ask by, and the log in the table is sound."""
        url = f"sqlite:///{tmp_path / 'a.db'}" if kind == "sqlite" else request.getfixturevalue("server").url
        engine = sa.create_engine(url)
        with Trail(DatabaseSink(engine), mode="required", signer=SIGNER) as trail:
            for number in range(5):
                future = trail.record(event(number))
                assert future is not None
                future.result(5)
        logs = {name: list(lines) for name, lines in database_logs(engine)}
        with engine.connect() as connection:
            asked = connection.scalar(sa.text("select count(*) from kg_access_audit where dossier = 'D1'"))
        engine.dispose()

        assert [outcome.records for outcome in verify_all(logs.items(), verifier=VERIFIER)] == [5]
        assert asked == 5

    @pytest.mark.slow
    def test_a_database_that_goes_away_loses_nothing(self, server: Server) -> None:
        """Records that come while PostgreSQL is down are stored once it is back, each once."""
        engine = sa.create_engine(server.url)
        with engine.begin() as connection:
            connection.execute(sa.text("drop table if exists kg_access_audit"))
        with Trail(DatabaseSink(engine)) as trail:
            trail.record(event(0))
            assert trail.flush(5)
            server.stop()
            for number in range(1, 6):
                trail.record(event(number))
            time.sleep(0.2)
            server.start()
            assert trail.flush(20)
        (lines,) = [list(lines) for _, lines in database_logs(engine)]
        engine.dispose()

        assert [record.request_id for record in read_records(lines)] == [f"request {number}" for number in range(6)]
        assert trail.dropped == 0


class TestOtherSinks:
    """Sinks for logging and telemetry."""

    def test_log_lines_name_nobody(self, caplog: pytest.LogCaptureFixture) -> None:
        """At INFO, neither a line nor its fields hold an id of a person or dossier, a rule, a role or a label."""
        with caplog.at_level(logging.INFO), Trail(LoggingSink()) as trail:
            trail.record(event(decision=DENIAL))
            assert trail.flush(5)
        (line,) = [entry for entry in caplog.records if entry.levelno == logging.INFO and "deny" in entry.getMessage()]
        told = f"{line.getMessage()} {vars(line)}"

        assert "no_task_need" in told
        for hidden in ("nele", "'D1'", "NX-NO-LINK", "nurse"):
            assert hidden not in told

    def test_telemetry_names_nobody(self) -> None:
        """An event of OpenTelemetry has the decision, reason and policy, and no id of a person or dossier."""
        emitted: list[dict[str, Any]] = []

        class Logger:
            def emit(self, **fields: Any) -> None:
                emitted.append(fields)

        class Provider:
            def get_logger(self, *_: Any, **__: Any) -> Logger:
                return Logger()

        with Trail(OpenTelemetrySink(Provider())) as trail:
            trail.record(event(decision=DENIAL))
            assert trail.flush(5)
        (fields,) = emitted

        assert fields["event_name"] == "kg_access.decision"
        assert fields["attributes"]["kg_access.decision"] == "hide"
        assert fields["attributes"]["kg_access.reason"] == "no_task_need"
        assert "nele" not in str(fields)


class TestReport:
    """Who looked at a dossier."""

    RECORDS = (
        AuditRecord.of(0, event(0)),
        AuditRecord.of(1, event(1, decision=DENIAL, subject="bert")),
        AuditRecord.of(2, event(2, dossier="D2")),
        AuditRecord.of(3, event(3, kind="processor", organisation="gobiquity", subject="<pia>")),
    )

    def test_it_gives_dates_purposes_and_services(self) -> None:
        """The report lists permitted looks at this dossier, in Brussels time, and withholds names."""
        report = subject_report(self.RECORDS, "D1")

        assert [(look.at.hour, look.purpose, look.service, look.capacity) for look in report.looks] == [
            (10, "preventive_family_support", "preventive_family_support", "staff"),
            (10, "preventive_family_support", "preventive_family_support", "processor (gobiquity)"),
        ]
        for text in (report.text(), report.json(), report.html(), report.page()):
            assert "nele" not in text
            assert "pia" not in text

    def test_names_and_denials_are_given_when_they_are_asked_for(self) -> None:
        """With names and denied attempts, all three people are listed, and HTML escapes them."""
        report = subject_report(self.RECORDS, "D1", names=True, denied=True, language="nl")

        assert [look.name for look in report.looks] == ["nele", "bert", "<pia>"]
        assert "&lt;pia&gt;" in report.page()
        assert "<pia>" not in report.page()
        assert "nee" in report.text()

    def test_an_empty_report_says_so(self) -> None:
        """A dossier that nobody looked at gives a sentence, not an empty page."""
        report = subject_report(self.RECORDS, "D9")

        assert report.text().endswith("Nobody is on record.")
        assert "Nobody is on record." in report.page()


class TestExports:
    """Records for other systems."""

    def test_an_ocsf_event_has_what_its_class_requires(self) -> None:
        """The event is an API activity with actor, operation, time, severity and outcome."""
        told = to_ocsf(AuditRecord.of(0, event(decision=DENIAL)))

        assert (told["class_uid"], told["category_uid"], told["type_uid"]) == (6003, 6, 600302)
        assert (told["status_id"], told["actor"]["user"]["uid"]) == (2, "nele")
        assert told["actor"]["authorizations"][0]["decision"] == "deny"
        assert {"activity_id", "api", "metadata", "severity_id", "src_endpoint", "time"} <= set(told)

    def test_a_fhir_event_has_what_its_resource_requires(self) -> None:
        """The event has a type, a moment, an outcome, an agent who asked, and the dossier as entity."""
        told = to_fhir(AuditRecord.of(0, event()))

        assert (told["resourceType"], told["outcome"], told["type"]["code"]) == ("AuditEvent", "0", "110113")
        assert told["agent"][0]["requestor"] is True
        assert told["entity"][0]["what"]["identifier"]["value"] == "D1"
        assert to_fhir(AuditRecord.of(0, event(decision=DENIAL)))["outcome"] == "8"


class TestCommand:
    """`kg-access audit`."""

    def test_a_sound_log_is_verified_and_a_changed_one_named(
        self, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The command ends with 0 for a sound log, and with 4 and the place for one that was changed."""
        SIGNER.save_public(tmp_path / "audit.pub")
        lines = written(path, 4)
        key = ["--key", str(tmp_path / "audit.pub")]

        assert main(["audit", "verify", str(path), *key]) == 0
        assert "4 records, sound; signatures checked" in capsys.readouterr().out
        lines[2] = lines[2].replace(b"nele", b"bert")
        path.write_bytes(b"".join(lines))
        assert main(["audit", "verify", str(path), *key]) == 4
        assert "line 3, record 0" in capsys.readouterr().out

    def test_a_checkpoint_kept_elsewhere_is_held_against_the_log(
        self, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What `verify --format json` printed is taken by `--seen`."""
        lines = written(path, 6, signer=None)
        assert main(["audit", "verify", str(tmp_path), "--format", "json"]) == 0
        seen = tmp_path / "seen.json"
        seen.write_text(capsys.readouterr().out, "utf-8")
        assert main(["audit", "verify", str(path), "--seen", str(seen)]) == 0
        path.write_bytes(b"".join(lines[:4]))

        assert main(["audit", "verify", str(path), "--seen", str(seen)]) == 4

    def test_a_database_is_verified_by_its_address(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """An SQLAlchemy URL stands for all the logs of a database."""
        url = f"sqlite:///{tmp_path / 'a.db'}"
        engine = sa.create_engine(url)
        with Trail(DatabaseSink(engine)) as trail:
            trail.record(event())
            assert trail.flush(5)
        engine.dispose()

        assert main(["audit", "verify", url]) == 0
        assert "1 record, sound" in capsys.readouterr().out

    def test_it_reports_and_exports(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The report and the exports come from the same log."""
        written(path, 2)
        assert main(["audit", "subject-report", str(path), "--dossier", "D1", "--language", "nl"]) == 0
        assert capsys.readouterr().out.startswith("Wie dit dossier heeft bekeken\nWanneer: 2019-06-17 10:00")
        for kind, field in {"jsonl": "index", "ocsf": "class_uid", "fhir": "resourceType"}.items():
            assert main(["audit", "export", str(path), "--format", kind]) == 0
            told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
            assert [field in one for one in told] == [True, True]

    @pytest.mark.parametrize("arguments", [["verify", "nowhere.log"], ["export", "nowhere"]])
    def test_a_log_that_is_not_there_is_a_wrong_use(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A file that cannot be read is named, and the command ends with 2."""
        assert main(["audit", *arguments]) == 2
        assert "nowhere" in capsys.readouterr().err

    def test_a_key_is_made_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A key pair is made in a folder; one that is there is not overwritten."""
        assert main(["audit", "key", str(tmp_path / "keys")]) == 0
        before = (tmp_path / "keys" / "audit.key").read_bytes()
        assert main(["audit", "key", str(tmp_path / "keys")]) == 2
        assert (tmp_path / "keys" / "audit.key").read_bytes() == before
        capsys.readouterr()
