"""The example backend, started as a user starts it and visited over HTTP: what each person gets to see, and why not."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import signal
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import httpx
import pytest
import sqlalchemy

from kg_access import Guard
from kg_access.cli import demo as command
from kg_access.cli import main
from kg_access.enforcement.marks import Exemption, mark_of, requires, requires_each
from kg_access.integrations.fastapi import unmarked
from tests.browser import Browser, chromium
from tests.conftest import PROJECT
from tests.postgres import postgres

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
BROWSER = {"Accept": "text/html"}
PROGRAM = {"Accept": "application/json"}
PATIENCE = 20
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing is encrypted here, and the usual context takes time to make
EXEMPT = {
    ("GET", "/"): "leads on to the list",
    ("GET", "/health"): "tells nothing but that the backend runs",
    ("GET", "/style.css"): "the style sheet",
    ("GET", "/login"): "the login page",
    ("POST", "/login"): "logs in",
    ("POST", "/logout"): "logs out",
    ("GET", "/find"): "leads on to the page of a dossier, which decides",
    ("GET", "/open"): "an empty form",
    ("GET", "/report"): "an empty form",
}
"""Every route that answers without a decision, and why it may."""

Visit = Callable[..., httpx.Client]


class Demo(NamedTuple):
    """
    A demo that runs.

    Attributes:
        process: Its process.
        address: Where it answers.
        folder: Where it keeps things.
        said: What it printed first.
    """

    process: subprocess.Popen[str]
    address: str
    folder: Path
    said: str

    def stop(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Stop it, and give its exit code and what it still printed."""
        self.process.send_signal(how)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest


def started(folder: Path | None, *options: str) -> Demo:
    """Start the demo in a process of its own, and wait until it says where it is."""
    keeping = [] if folder is None else ["--folder", str(folder)]
    process = subprocess.Popen(  # noqa: S603 - the command of this project
        [sys.executable, "-m", "kg_access", "demo", "--port", "0", *keeping, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("  Sara"):
            break
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    kept = re.search(r"keys are in ([^,\n]+?)(?:,|\.\n)", said)
    if found is None or kept is None:
        process.communicate(timeout=PATIENCE)
        pytest.fail(f"the demo did not start:\n{said}")
    return Demo(process, found[0], Path(kept[1]), said)


def ended(demo: Demo) -> None:
    """End a demo that may have ended already."""
    if demo.process.poll() is None:
        demo.stop()
    if demo.process.stdout is not None:
        demo.process.stdout.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that the tests of this module share."""
    demo = started(tmp_path_factory.mktemp("demo"))
    yield demo
    ended(demo)


@pytest.fixture
def visit(demo: Demo) -> Iterator[Visit]:
    """Make visitors: somebody who is logged in, or nobody, with a browser or with a program."""
    clients: list[httpx.Client] = []

    def make(person: str | None = None, *, headers: dict[str, str] = BROWSER, to: str | None = None) -> httpx.Client:
        client = httpx.Client(
            base_url=to or demo.address, headers=headers, timeout=PATIENCE, follow_redirects=True, verify=UNUSED
        )
        clients.append(client)
        if person is not None:
            assert client.post("/login", data={"person": person}, headers=BROWSER).status_code == 200
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture(scope="module")
def guard() -> Guard:
    """The guard of the shipped policy, for its words."""
    return Guard.shipped()


@pytest.fixture
def backend() -> Iterator[Callable[[str], ModuleType]]:
    """Import a module of the example backend, and forget it afterwards."""
    with command._importable(PROJECT / "docs" / "examples"):
        yield lambda name: importlib.import_module(f"backend.{name}")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that the tests of this module share."""
    program = chromium()
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium on this machine, and CI needs one")
        pytest.skip("there is no Chromium on this machine")
    with Browser(program, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


def fields_of(page: httpx.Response) -> dict[str, str]:
    """Read the fields of the page of a dossier."""
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd>\s*(.*?)\s*</dd>", page.text, flags=re.DOTALL)
    return dict(pairs)


def numbers_of(page: httpx.Response) -> set[str]:
    """Read the numbers of a list of dossiers."""
    return set(re.findall(r'<a href="/dossiers/([^"]+)"><b>', page.text))


def whole(response: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """Give all of a response that tells something: the moment does not."""
    return response.status_code, {**response.headers, "date": ""}, response.content


def rows(demo: Demo, statement: str) -> list[tuple[Any, ...]]:
    """Look into the database of a demo."""
    with closing(sqlite3.connect(demo.folder / "demo.db")) as connection:
        return connection.execute(statement).fetchall()


class TestLogin:
    """Who somebody is."""

    def test_nobody_is_sent_to_the_login_page(self, visit: Visit) -> None:
        """A browser that is not logged in gets the login page whatever it asks for, without a word about it."""
        for path in ("/", "/dossiers", "/dossiers/D1", "/dossiers/D99"):
            page = visit().get(path)

            assert page.url.path == "/login"
            assert "Who are you?" in page.text
            assert "D99" not in page.text

    def test_a_program_is_told_to_authenticate(self, visit: Visit) -> None:
        """A program that is not logged in gets a problem document, for known and unknown dossiers alike."""
        answers = [visit(headers=PROGRAM).get(f"/api/dossiers/{number}") for number in ("D1", "D99")]

        assert answers[0].status_code == 401
        assert answers[0].headers["content-type"] == "application/problem+json"
        assert answers[0].headers["www-authenticate"] == "Bearer"
        assert whole(answers[0]) == whole(answers[1])

    def test_the_cookie_is_out_of_reach(self, visit: Visit) -> None:
        """No script and no other site can use the cookie."""
        answer = visit().post("/login", data={"person": "nele"}, follow_redirects=False)

        assert answer.status_code == 303
        assert {"HttpOnly", "SameSite=lax"} <= set(answer.headers["set-cookie"].split("; "))

    def test_logging_out_ends_it(self, visit: Visit) -> None:
        """Who has logged out is nobody again."""
        nele = visit("nele")
        assert nele.get("/dossiers/D1").url.path == "/dossiers/D1"
        nele.post("/logout")

        assert nele.get("/dossiers/D1").url.path == "/login"

    def test_an_unknown_person_is_not_let_in(self, visit: Visit) -> None:
        """Whoever is not in the organisation chooses again, and gets no cookie."""
        for person in ("mallory", "", "nele\x00"):
            page = visit().post("/login", data={"person": person})

            assert page.url.path == "/login"
            assert not page.cookies

    def test_a_cookie_of_ones_own_making_is_worth_nothing(self, visit: Visit) -> None:
        """A cookie for somebody else, with a later end, cut off, or with rubbish in it lets nobody in."""
        cookie = visit("rita").cookies["kg_access_demo"]
        person, until, signature = cookie.split(".")
        forged = [
            f"{b'nele'.hex()}.{until}.{signature}",
            f"{person}.{int(until) + 1}.{signature}",
            f"{person}.{until}.",
            f"{person}.{until}",
            f"{person}.{until}.{'0' * len(signature)}",
            "..",
            "é.1.x",
        ]
        for value in forged:
            answer = visit().get("/dossiers/D1", headers={b"Cookie": f"kg_access_demo={value}".encode()})

            assert answer.url.path == "/login", value

    def test_an_old_cookie_is_worth_nothing(
        self, demo: Demo, visit: Visit, backend: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A session ends by itself after some hours."""
        session = backend("session")
        sessions = session.Sessions(demo.folder / "session.key")
        monkeypatch.setattr(session, "time", lambda: 0)
        response = httpx.Response(200)
        response.set_cookie = lambda _, value, **__: setattr(response, "kept", value)  # type: ignore[attr-defined]
        sessions.begin(response, "nele")

        answer = visit().get("/dossiers/D1", headers={"Cookie": f"kg_access_demo={response.kept}"})  # type: ignore[attr-defined]

        assert answer.url.path == "/login"


class TestDossiers:
    """What is shown of dossiers."""

    @pytest.mark.parametrize(
        ("person", "numbers"),
        [
            ("nele", {"D1", "D12", "D13", "D14", "D16", "erasure_asked", "kin_of_dora"}),
            ("bert", {"D16", "antwerp"}),
            ("tom", {"D6"}),
            ("veerle", {"D4", "D17", "origin_unknown"}),
            ("rita", set()),
            ("temporary_tess", set()),
            ("joke", set()),
        ],
    )
    def test_the_list_has_the_dossiers_of_ones_work(self, person: str, numbers: set[str], visit: Visit) -> None:
        """Everybody sees the dossiers that they work on, and no sign of others."""
        page = visit(person).get("/dossiers")

        assert page.status_code == 200
        assert numbers_of(page) == numbers

    def test_a_list_of_another_service_is_empty(self, visit: Visit) -> None:
        """Asking for the list of a service that one does not work for shows nothing."""
        assert numbers_of(visit("nele").get("/dossiers?service=adoption")) == set()
        assert visit("nele").get("/dossiers?service=nonsense").status_code == 400

    def test_everybody_sees_what_their_work_needs(self, visit: Visit) -> None:
        """Of the same dossier, one sees health and another one money, and each is told what is left out and why."""
        nele, karim = (visit(person).get("/dossiers/D1") for person in ("nele", "karim"))

        assert {"Visits", "National number"} <= set(fields_of(nele))
        assert not {"Income", "Occupation", "Court decision"} & set(fields_of(nele))
        assert {"Income", "Occupation"} <= set(fields_of(karim))
        assert not {"Visits", "National number", "Court decision"} & set(fields_of(karim))
        assert "Financial details, judicial data, occupation" in nele.text
        assert "This kind of data is not among what your role needs." in nele.text
        assert "ealth data" in karim.text

    def test_a_program_gets_the_same(self, visit: Visit) -> None:
        """The interface for programs leaves out the same fields, by the type of its response."""
        nele = visit("nele", headers=PROGRAM).get("/api/dossiers/D1")
        karim = visit("karim", headers=PROGRAM).get("/api/dossiers/D1")

        assert {"family", "visits", "national_number", "incident"} <= set(nele.json())
        assert not {"income", "occupation", "court"} & set(nele.json())
        assert {"family", "income", "occupation"} <= set(karim.json())
        assert not {"visits", "national_number", "court", "incident"} & set(karim.json())
        assert nele.headers["cache-control"] == "no-store"

    def test_a_nested_field_has_a_category_of_its_own(self, visit: Visit) -> None:
        """Weights stand in the visits, and are shown to those who may see physical data."""
        visits = visit("an", headers=PROGRAM).get("/api/dossiers/D1").json()["visits"]

        assert all(set(entry) == {"day", "weight", "remark"} for entry in visits)

    def test_nothing_is_kept_by_the_browser(self, visit: Visit) -> None:
        """Pages are not cached, load nothing from elsewhere, and tell no other site where somebody was."""
        headers = visit("nele").get("/dossiers/D1").headers

        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["referrer-policy"] == "no-referrer"

    def test_what_is_typed_leads_to_the_dossier(self, visit: Visit) -> None:
        """The field for a number leads to the page of the dossier, whatever is typed."""
        nele = visit("nele")

        assert nele.get("/find", params={"number": " D1 "}).url.path == "/dossiers/D1"
        assert nele.get("/find", params={"number": ""}).url.path == "/dossiers"
        assert nele.get("/find", params={"number": "//evil.example/x?y"}).status_code == 404


class TestRefusals:
    """What somebody gets who may not see something."""

    def test_a_denial_that_may_be_shown_says_why(self, visit: Visit) -> None:
        """The denied page says why, what would help, whom to ask, and under which id it is on record."""
        page = visit("nele").get("/dossiers/D11")

        assert page.status_code == 403
        assert "You may not see this" in page.text
        assert "The person concerned has objected" in page.text
        assert "Ask the Privacy Office." in page.text
        assert "privacy.office@kindengezin.be" in page.text
        assert UUID.search(page.text)
        assert not fields_of(page)

    def test_a_program_gets_a_problem_and_nothing_else(self, visit: Visit) -> None:
        """A program gets the id of the decision, no reason."""
        answer = visit("nele", headers=PROGRAM).get("/api/dossiers/D11")

        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert UUID.search(answer.json().pop("instance"))
        assert answer.json().keys() == {"type", "title", "status", "instance"}

    @pytest.mark.parametrize("hidden", ["D8", "D2", "D3", "D6", "D9", "D10", "antwerp", "never_used"])
    def test_a_hidden_dossier_is_an_unknown_one(self, hidden: str, visit: Visit) -> None:
        """Byte for byte: a page of a hidden dossier is that of a number that nobody knows, and so for programs."""
        for client, path in ((visit("nele"), "/dossiers"), (visit("nele", headers=PROGRAM), "/api/dossiers")):
            answer = client.get(f"{path}/{hidden}")

            assert answer.status_code == 404
            assert whole(answer) == whole(client.get(f"{path}/D99"))

    @pytest.mark.parametrize("odd", ["x" * 300, "%00", "%0a", "%F0%9F%90%99", "D1%20", "%2e%2e", "d1", "-1", "'--"])
    def test_an_odd_number_is_an_unknown_one(self, odd: str, visit: Visit) -> None:
        """What cannot be the number of a dossier is answered like one that nobody knows."""
        nele = visit("nele")

        assert whole(nele.get(f"/dossiers/{odd}")) == whole(nele.get("/dossiers/D99"))

    def test_a_page_that_does_not_exist_looks_the_same(self, visit: Visit) -> None:
        """A path that leads nowhere gives the page of an unknown dossier, too."""
        nele = visit("nele")

        assert whole(nele.get("/nowhere")) == whole(nele.get("/dossiers/D99"))

    def test_no_word_of_the_rules_gets_out(self, visit: Visit, guard: Guard) -> None:
        """No page and no answer names a rule, a clause, a role, a standing or the code of a reason."""
        policy = guard.policy
        words = policy.vocabulary
        inner = {row.id for table in policy.tables.values() for row in table.rows} | set(policy.clauses)
        inner |= (
            set(words.roles) | set(map(str, policy.reasons)) | {"service_staff", "restricted_list", "privacy_office"}
        )
        secret = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in inner))
        paths = ["/dossiers", "/open", "/report", "/nowhere"]
        paths += [f"/dossiers/{number}" for number in ("D1", "D2", "D4", "D6", "D8", "D11", "D18", "D99")]
        opening = {"purpose": "data_subject_rights", "case": "2024-018", "justification": "asked by letter"}
        for person in ("nele", "joke", "sara", "kgl_1"):
            for headers in (BROWSER, PROGRAM):
                client = visit(person, headers=headers)
                answers = [client.get(path) for path in paths]
                answers += [client.get(f"/api/dossiers/{number}") for number in ("D1", "D11")]
                answers += [client.post(path, data={"dossier": "D1", **opening}) for path in ("/open", "/report")]
                for answer in answers:
                    assert not secret.search(answer.text), (person, answer.url.path)
                    assert not secret.search(str(answer.headers)), (person, answer.url.path)


class TestPurposes:
    """Dossiers that are opened for a stated purpose."""

    WHY = "the family asked which help it was given in 2016"

    def test_the_reason_is_kept_with_the_decision(self, demo: Demo, visit: Visit) -> None:
        """A closed dossier opens for whoever looks after it, and what they wrote is kept under the id of the decision."""
        form = {"dossier": "D2", "purpose": "accountability", "justification": f"  {self.WHY} "}
        page = visit("joke").post("/open", data=form)

        assert page.status_code == 200
        assert "Reported by" in fields_of(page)
        decision = UUID.search(page.text)
        assert decision is not None
        kept = rows(demo, f"select person_id, dossier_id, text from justification where decision_id = '{decision[0]}'")  # noqa: S608
        assert kept == [("joke", "D2", self.WHY)]

    @pytest.mark.parametrize("why", ["", "   "])
    def test_without_a_reason_the_form_asks_again(self, why: str, demo: Demo, visit: Visit) -> None:
        """Whoever writes no reason gets the form again, and nothing of the dossier."""
        before = rows(demo, "select count(*) from justification")
        page = visit("joke").post("/open", data={"dossier": "D5", "purpose": "legal_claim", "justification": why})

        assert page.status_code == 422
        assert "Say why you need the dossier." in page.text
        assert 'value="D5"' in page.text
        assert not fields_of(page)
        assert rows(demo, "select count(*) from justification") == before

    def test_the_daily_purpose_does_not_open_it(self, visit: Visit) -> None:
        """For daily work a closed dossier stays closed, and the page offers to state a purpose."""
        page = visit("joke").get("/dossiers/D2")

        assert page.status_code == 403
        assert 'href="/open"' in page.text

    @pytest.mark.parametrize("case", ["", "2024-018", "2024-999", "' or 1=1"])
    def test_a_case_about_something_else_opens_nothing(self, case: str, visit: Visit) -> None:
        """Without an open case about this very dossier, it does not even seem to exist."""
        sara = visit("sara")
        form = {"purpose": "data_subject_rights", "case": case, "justification": "asked by letter"}

        answer = sara.post("/open", data={"dossier": "D2", **form})

        assert answer.status_code == 404
        assert whole(answer) == whole(sara.post("/open", data={"dossier": "D99", **form}))

    def test_a_copy_is_about_the_person_alone(self, visit: Visit) -> None:
        """With a case the dossier opens, without what is about other people, and the page says so."""
        form = {
            "dossier": "D2",
            "purpose": "data_subject_rights",
            "case": "2024-017",
            "justification": "asked by letter",
        }
        page = visit("sara").post("/open", data=form)

        assert page.status_code == 200
        assert "Incident" in fields_of(page)
        assert "Reported by" not in fields_of(page)
        assert "What is about other people" in page.text

    def test_an_unknown_purpose_is_refused(self, visit: Visit) -> None:
        """A purpose that the form does not offer is an error of whoever sent it."""
        for headers in (BROWSER, PROGRAM):
            answer = visit("joke", headers=headers).post("/open", data={"dossier": "D2", "purpose": "curiosity"})

            assert answer.status_code == 400
            assert "curiosity" not in answer.text

    @pytest.mark.parametrize("path", ["/open", "/report", "/login"])
    def test_a_form_that_cannot_be_read_is_refused(self, path: str, visit: Visit) -> None:
        """A form that is no form is an error of whoever sent it."""
        many = "&".join(f"field{number}=x" for number in range(50))
        answer = visit("joke").post(path, content=many, headers={"Content-Type": "application/x-www-form-urlencoded"})

        assert answer.status_code == 400
        assert "That could not be read" in answer.text


class TestRoutes:
    """The application from inside: no route is forgotten."""

    @pytest.fixture
    def app(self, tmp_path: Path, backend: Callable[[str], ModuleType]) -> Iterator[Any]:
        """The application, without a server."""
        module = backend("app")
        organisation = PROJECT / "policies" / "scenarios" / "organisation.yaml"
        app = module.create_app(module.Settings(tmp_path, organisation))
        yield app
        app.state.log.close()
        app.state.store.close()

    def test_every_route_is_marked(self, app: Any) -> None:
        """No route is unmarked, and those that answer without a decision are exactly the ones listed here."""
        from fastapi.routing import iter_route_contexts  # noqa: PLC0415 - only this test needs it

        found = {
            (method, context.path): mark.reason
            for context in iter_route_contexts(app.routes)
            for method in context.methods or ()
            if isinstance(mark := mark_of(context.endpoint), Exemption)
        }

        assert unmarked(app) == []
        assert found == EXEMPT

    def test_a_route_without_a_mark_is_denied(self, app: Any) -> None:
        """A route that somebody adds and forgets to mark answers nothing."""

        async def forgotten() -> dict[str, str]:
            return {"family": "Peeters"}

        app.get("/forgotten")(forgotten)

        answer = self.asked(app, "/forgotten")

        assert unmarked(app) == ["/forgotten"]
        assert answer.status_code == 403
        assert "Peeters" not in answer.text

    def test_a_route_that_forgets_to_ask_is_stopped(self, app: Any) -> None:
        """A route that shows dossiers without having asked for each of them, or unredacted, trips the wire."""

        async def without_asking() -> dict[str, str]:
            return {"family": "Peeters"}

        async def without_redacting(dossier_id: str) -> dict[str, str]:
            return {"court": dossier_id}

        questions = sys.modules["backend.questions"]
        app.get("/all")(requires_each("read", categories={"health"}, group="child_and_family")(without_asking))
        app.get("/raw/{dossier_id}")(
            requires(
                "read", categories=questions.categories, group=questions.group, purpose=questions.purpose, mode="redact"
            )(without_redacting)
        )
        for path in ("/all", "/raw/D1"):
            answer = self.asked(app, path)

            assert answer.status_code == 500
            assert "Peeters" not in answer.text
            assert "D1" not in answer.text

    @staticmethod
    def asked(app: Any, path: str) -> httpx.Response:
        """Ask the application as a member of staff."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://demo", verify=UNUSED) as client:
                await client.post("/login", data={"person": "nele"})
                return await client.get(path)

        return asyncio.run(ask())


class TestCommand:
    """`kg-access demo` itself."""

    @staticmethod
    def failing(*options: str, capsys: pytest.CaptureFixture[str]) -> str:
        """Run the command where it cannot work, and give what it says."""
        assert main(["demo", *options]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("kg-access: ")
        return err

    def test_it_says_where_it_is_and_whom_to_be(self, demo: Demo) -> None:
        """It prints the address, where it keeps things, and people with what to try."""
        assert demo.said.startswith(f"The demo runs at {demo.address} (Ctrl-C stops it).\n")
        assert re.search(r"^  Nele +visits families in Ghent; try: D1 ", demo.said, flags=re.MULTILINE)

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_it_stops_cleanly_and_leaves_nothing(self, how: signal.Signals) -> None:
        """Ctrl-C or a signal ends it with exit code 0, and its temporary folder goes away."""
        demo = started(None)
        try:
            assert httpx.get(f"{demo.address}/health", verify=UNUSED).json() == {"status": "ok"}
            assert demo.folder.is_dir()
            code, rest = demo.stop(how)
        finally:
            ended(demo)

        assert (code, rest) == (0, "\nthe demo has stopped\n")
        assert not demo.folder.exists()

    def test_it_leaves_no_compiled_files(self, demo: Demo) -> None:
        """The folder of the example stays as it is shipped."""
        del demo
        assert list((PROJECT / "docs" / "examples").rglob("__pycache__")) == []

    def test_a_port_that_is_taken(self, demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
        """A port that another program uses gives a clear error."""
        port = demo.address.rpartition(":")[2]

        said = self.failing("--port", port, capsys=capsys)

        assert (
            said
            == f"kg-access: `port`: cannot listen on {port}: another program uses it; give `--port` another one, or 0\n"
        )

    @pytest.mark.parametrize("port", ["-1", "65536"])
    def test_a_port_that_does_not_exist(self, port: str, capsys: pytest.CaptureFixture[str]) -> None:
        """A number that is no port gives a clear error."""
        assert f"expected a number from 0 to 65535, not {port}" in self.failing("--port", port, capsys=capsys)

    def test_packages_that_are_missing(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without FastAPI it names what is missing and the extra that brings it."""
        monkeypatch.setattr(command, "find_spec", lambda name: None if name in {"fastapi", "jinja2"} else True)

        said = self.failing("--port", "0", capsys=capsys)

        assert said == "kg-access: the demo needs `fastapi`, `jinja2`, not installed here; install `kg-access[demo]`\n"

    def test_a_folder_that_is_a_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A folder that cannot be one gives a clear error."""
        (tmp_path / "file").touch()

        assert "`folder`: cannot be used: file exists" in self.failing(
            "--port", "0", "--folder", str(tmp_path / "file"), capsys=capsys
        )

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("nonsense", "is no SQLAlchemy URL"),
            ("oracle+unheard_of://x", "is no SQLAlchemy URL"),
            ("mysql+mysqldb://x", "needs the package `MySQLdb`, which is not installed"),
            ("sqlite:////nowhere/at/all.db", "cannot be used: unable to open database file"),
            ("postgresql+psycopg://somebody:secret@127.0.0.1:1/x", "cannot be used: connection failed"),
        ],
    )
    def test_a_database_that_cannot_be_used(
        self, url: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A wrong database gives a clear error without its password, also when the variable names it."""
        folder = ("--port", "0", "--folder", str(tmp_path))
        said = self.failing(*folder, "--database", url, capsys=capsys)
        monkeypatch.setenv("KG_ACCESS_DEMO_DATABASE", url)

        assert says in said
        assert "secret" not in said
        assert self.failing(*folder, capsys=capsys) == said

    def test_what_is_kept_is_there_next_time(self, demo: Demo, tmp_path: Path) -> None:
        """A second start in the same folder goes on where the first one ended: the database and the sessions are kept."""
        del demo
        with httpx.Client(follow_redirects=True, headers=BROWSER, verify=UNUSED) as nele:
            for attempt in range(2):
                demo = started(tmp_path / "kept")
                try:
                    if attempt == 0:
                        nele.post(f"{demo.address}/login", data={"person": "nele"})
                    assert numbers_of(nele.get(f"{demo.address}/dossiers"))
                    assert nele.get(f"{demo.address}/dossiers/D1").status_code == 200
                finally:
                    ended(demo)
                assert rows(demo, "select count(*) from person")[0][0] > 40

    def test_it_runs_on_postgresql(self, tmp_path: Path) -> None:
        """With one variable it keeps everything in PostgreSQL: lists, pages, denials, reasons and the report."""
        with postgres() as server:
            demo = started(tmp_path, "--database", server.url)
            try:
                with httpx.Client(
                    base_url=demo.address, follow_redirects=True, headers=BROWSER, verify=UNUSED
                ) as client:
                    client.post("/login", data={"person": "nele"})
                    assert "D1" in numbers_of(client.get("/dossiers"))
                    assert "Visits" in fields_of(client.get("/dossiers/D1"))
                    assert [client.get(f"/dossiers/{name}").status_code for name in ("D2", "D99")] == [404, 404]
                    client.post("/login", data={"person": "joke"})
                    form = {"dossier": "D2", "purpose": "accountability", "justification": "an audit of 2016"}
                    assert "Reported by" in fields_of(client.post("/open", data=form))
            finally:
                ended(demo)
            engine = sqlalchemy.create_engine(server.url)
            with engine.connect() as connection:
                kept = connection.execute(
                    sqlalchemy.text("select person_id, dossier_id, text from justification")
                ).all()
            engine.dispose()

        assert kept == [("joke", "D2", "an audit of 2016")]
        assert not (tmp_path / "demo.db").exists()


@pytest.mark.slow
class TestInABrowser:
    """The pages as a person meets them, in a headless Chromium."""

    PAGES = ("/dossiers", "/dossiers/D1", "/dossiers/D11", "/dossiers/D99", "/open", "/report")
    HEADER = ("Skip to the content", "My dossiers", "Open for a purpose", "Who looked?", "Dossier", "Open", "Log out")
    FAINT = """(() => {
        const light = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const parts = colour => colour.match(/[\\d.]+/g).map(Number);
        const ground = e => { for (; e; e = e.parentElement) {
            const c = parts(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
        return [...document.querySelectorAll('body *')]
            .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
            .filter(e => { const [a, b] = [light(parts(getComputedStyle(e).color).slice(0, 3)), light(ground(e))];
                return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5; })
            .map(e => e.innerText);
    })()"""
    NAMELESS = """[...document.querySelectorAll('input, textarea, button, a')]
        .filter(e => !((e.labels && e.labels.length) || e.innerText.trim() || e.textContent.trim()))
        .map(e => e.outerHTML)"""
    OUTLINE = """[document.querySelectorAll('h1').length, document.querySelectorAll('main').length,
        document.querySelectorAll('header').length, document.documentElement.lang, document.scripts.length,
        performance.getEntriesByType('resource').every(e => e.name.startsWith(location.origin))]"""

    @pytest.fixture
    def browser(self, window: Browser, demo: Demo) -> Browser:
        """The browser on the login page of the demo, where nobody is logged in."""
        window.forget()
        window.open(demo.address)
        return window

    def test_a_dossier_is_two_clicks_away(self, browser: Browser) -> None:
        """Nele logs in with a click, opens a dossier with another one, and reads what is in it and what is left out."""
        browser.click("button[value=nele]")
        assert "My dossiers" in browser.text()

        browser.click("a[href='/dossiers/D1']")

        text = browser.text()
        assert "Dossier D1" in text
        assert "Lindenstraat 3, 9000 Gent" in text
        assert "Left out of this page" in text
        assert "Financial details, judicial data, occupation" in text

    def test_a_denial_can_be_read(self, browser: Browser) -> None:
        """Nele types a number, and reads why the dossier is closed to her."""
        browser.click("button[value=nele]")
        browser.evaluate("document.getElementById('find').focus()")
        browser.type("D11")
        browser.press("Enter", going=True)

        text = browser.text()
        assert "You may not see this" in text
        assert "The person concerned has objected" in text
        assert "What would help" in text

    def test_keys_are_enough_to_log_in_and_out(self, browser: Browser) -> None:
        """Without a mouse: the first stop skips to the content, and the rest follows the order of the page."""
        browser.press("Tab")
        assert browser.focused() == "Skip to the content"
        browser.press("Tab")
        assert browser.focused() == "Nele"
        browser.press("Enter", going=True)
        assert "My dossiers" in browser.text()
        stops = []
        for _ in self.HEADER:
            browser.press("Tab")
            stops.append(browser.focused())
            outline = browser.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", stops[-1]
        assert tuple(stops) == self.HEADER
        browser.press("Enter", going=True)

        assert "Who are you?" in browser.text()

    def test_keys_are_enough_to_open_a_closed_dossier(self, browser: Browser) -> None:
        """Joke fills in the form with the keyboard alone, and reads the dossier."""
        browser.click("button[value=joke]")
        browser.click("a[href='/open']")
        browser.evaluate("document.getElementById('main').focus()")
        for words in ("D2", " ", None, "the family asked which help it was given"):
            browser.press("Tab")
            if words == " ":
                browser.press(" ")
            elif words is not None:
                browser.type(words)
        browser.press("Tab")
        assert browser.focused() == "Open the dossier"
        browser.press("Enter", going=True)

        assert "Dossier D2" in browser.text()

    @pytest.mark.parametrize("width", [1000, 360])
    def test_every_page_can_be_read_by_everybody(self, width: int, browser: Browser, demo: Demo) -> None:
        """
        On a wide and on a narrow screen, every page can be read, with or without eyes.

        Text stands out from its ground, nothing sticks out at the side, every control has a name, there are landmarks
        and one main heading, and no page needs a script or another site.
        """
        browser.resize(width, 800)
        pages = [demo.address]
        for person in ("nele", "joke"):
            for page in pages:
                browser.open(page)
                assert browser.evaluate(self.FAINT) == [], page
                assert browser.evaluate(self.NAMELESS) == [], page
                assert browser.evaluate("document.documentElement.scrollWidth") <= width, page
                assert browser.evaluate(self.OUTLINE) == [1, 1, 1, "en", 0, True], page
            browser.open(demo.address)
            if person == "nele":
                browser.click("button[value=nele]")
                pages = [demo.address + path for path in self.PAGES]
