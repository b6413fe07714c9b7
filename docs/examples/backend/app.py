"""The backend as an application: what it is made of, and the enforcement point in front of all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path

import attrs
from fastapi import FastAPI
from fastapi.requests import Request
from sqlalchemy.exc import ArgumentError, DBAPIError

from backend.access_log import AccessLog
from backend.duties import handlers
from backend.pages import add_refusals
from backend.questions import Questions
from backend.routes import router
from backend.session import Sessions
from backend.store import Store
from kg_access import Guard, InvalidInput, Obligation
from kg_access.enforcement.point import EnforcementPoint
from kg_access.errors import quoted
from kg_access.integrations.fastapi import protect


@attrs.frozen
class Settings:
    """
    Where the backend keeps what it needs.

    Attributes:
        folder: The folder for its keys, its audit log and, unless told otherwise, its database.
        organisation: The file of the organisation that an empty database is filled with.
        database: An SQLAlchemy URL; `None` for a file of SQLite in the folder.
    """

    folder: Path
    organisation: Path
    database: str | None = None


def create_app(settings: Settings) -> FastAPI:
    """
    Make the application.

    Args:
        settings: Where it keeps what it needs.

    Raises:
        InvalidInput: The database cannot be used.
        AuditFailure: The audit log cannot be used.
    """
    with ExitStack() as opened:
        log = opened.enter_context(closing(AccessLog(settings.folder)))
        store = opened.enter_context(closing(_store(settings)))
        sessions = Sessions(settings.folder / "session.key")
        held = opened.pop_all()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        with held:
            yield

    app = FastAPI(title="kg_access demo", lifespan=lifespan, openapi_url=None)
    app.state.store, app.state.sessions, app.state.log = store, sessions, log
    app.state.questions = questions = Questions(store, sessions)
    duties = handlers(store)
    point: EnforcementPoint[Request] = EnforcementPoint(
        Guard.shipped(fulfils={Obligation.REDACT, *duties}),
        subject=questions.subject,
        dossier=questions.dossier,
        context=questions.context,
        handlers=duties,
        trail=log.trail,
        limit=10,
        identity_headers=("cookie",),
    )
    protect(app, point)
    add_refusals(app)
    app.include_router(router)
    return app


def _store(settings: Settings) -> Store:
    url = settings.database or f"sqlite:///{settings.folder / 'demo.db'}"
    try:
        return Store(url, settings.organisation)
    except ArgumentError:
        raise InvalidInput("database", "is no SQLAlchemy URL, such as `postgresql+psycopg://user@host/name`") from None
    except ModuleNotFoundError as error:
        raise InvalidInput("database", f"needs the package {quoted(error.name)}, which is not installed") from None
    except DBAPIError as error:
        first = str(error.orig).strip().partition("\n")[0]
        raise InvalidInput("database", f"cannot be used: {first}") from None
