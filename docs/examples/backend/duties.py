"""What decisions ask the backend to do, and how it does that; what it cannot do is denied."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from backend.questions import asked
from backend.store import Store
from kg_access import Obligation
from kg_access.enforcement.duties import Duty, Handler


def handlers(store: Store) -> Mapping[str, Handler]:
    """
    Give the functions that carry out obligations.

    Args:
        store: Where the backend keeps what they leave behind.
    """

    async def keep_justification(duty: Duty) -> None:
        text = (await asked(duty.request)).justification
        if not text or duty.dossier is None:
            raise LookupError("nobody wrote why the dossier is needed")
        await asyncio.to_thread(store.keep_justification, duty.decision_id, duty.subject.id, duty.dossier.id, text)

    async def leave_out_others(duty: Duty) -> None:
        duty.request.state.without_others = True

    async def follow_up(duty: Duty) -> None:
        if duty.dossier is not None:
            await asyncio.to_thread(store.keep_follow_up, duty.obligation, duty.decision_id, duty.dossier.id)

    return {
        Obligation.RECORD_JUSTIFICATION: keep_justification,
        Obligation.REDACT_THIRD_PARTY: leave_out_others,
        Obligation.NOTIFY_DPO: follow_up,
        Obligation.NOTIFY_RETENTION_OWNER: follow_up,
        Obligation.ERASE: follow_up,
        Obligation.VERIFY_IDENTITY: follow_up,
    }
