"""What is asked: a request, and the context in which it is made."""

from __future__ import annotations

from datetime import datetime

import attrs

from kg_access.dossier import Dossier
from kg_access.reading import flag, freeze, optional_member, text, word
from kg_access.subject import Subject
from kg_access.vocabulary import IdentityProof, Mode


@attrs.frozen(init=False, repr=False)
class Context:
    """
    The circumstances of a request; a field that is left out counts as not stated.

    Attributes:
        channel: The way the data travel, a word of the policy (KG-CLD-2, KG-SOC-3).
        destination_country: Two-letter code of the country that receives the data (KG-TRF-1).
        recipient_type: Whom the data are sent to, a word of the policy (KG-TRF-4).
        access_country: Two-letter code of the country from which a processor works (KG-TRF-1).
        second_approver: The id of the second person who approved (KG-REC-1).
        legal_basis_ref: Reference to the law behind a transfer (KG-REC-1).
        relevance_ref: Reference to the note why ethnic origin matters (KG-CAT-S1-ETH).
        regulation_ref: Reference to the scheme behind an automatic grant or a sanction (KG-COL-3).
        case_ref: Number of the open case of a person about their own data (KG-DPO-2).
        identity_proof: none, claimed or verified (KG-RGT-6).
        caller_verified: Whether the caller of the helpline is known to be who they say (KG-PRC-6a).
        encrypted: Whether the data are encrypted (KG-CLD-3).
        key_holder: Who holds the key of that encryption (KG-CLD-3).
        exceptional_case_ref: Reference to the recorded exceptional case (KG-CLD-3).
        break_glass: The written justification of emergency access.

    Raises:
        InvalidInput: A field has the wrong type.
        UnknownTerm: The identity proof is an unknown word.
    """

    channel: str | None
    destination_country: str | None
    recipient_type: str | None
    access_country: str | None
    second_approver: str | None
    legal_basis_ref: str | None
    relevance_ref: str | None
    regulation_ref: str | None
    case_ref: str | None
    identity_proof: IdentityProof | None
    caller_verified: bool
    encrypted: bool
    key_holder: str | None
    exceptional_case_ref: str | None
    break_glass: str | None

    def __init__(
        self,
        *,
        channel: str | None = None,
        destination_country: str | None = None,
        recipient_type: str | None = None,
        access_country: str | None = None,
        second_approver: str | None = None,
        legal_basis_ref: str | None = None,
        relevance_ref: str | None = None,
        regulation_ref: str | None = None,
        case_ref: str | None = None,
        identity_proof: str | None = None,
        caller_verified: bool = False,
        encrypted: bool = False,
        key_holder: str | None = None,
        exceptional_case_ref: str | None = None,
        break_glass: str | None = None,
    ) -> None:
        freeze(
            self,
            channel=None if channel is None else word("channel", channel),
            destination_country=text("destination_country", destination_country),
            recipient_type=None if recipient_type is None else word("recipient_type", recipient_type),
            access_country=text("access_country", access_country),
            second_approver=text("second_approver", second_approver),
            legal_basis_ref=text("legal_basis_ref", legal_basis_ref),
            relevance_ref=text("relevance_ref", relevance_ref),
            regulation_ref=text("regulation_ref", regulation_ref),
            case_ref=text("case_ref", case_ref),
            identity_proof=optional_member("identity_proof", IdentityProof, identity_proof),
            caller_verified=flag("caller_verified", caller_verified),
            encrypted=flag("encrypted", encrypted),
            key_holder=text("key_holder", key_holder),
            exceptional_case_ref=text("exceptional_case_ref", exceptional_case_ref),
            break_glass=text("break_glass", break_glass),
        )

    def __repr__(self) -> str:
        stated = [name.name for name in attrs.fields(type(self)) if getattr(self, name.name) not in (None, False)]
        return f"<Context: {', '.join(stated) or 'nothing stated'}>"


NOTHING_STATED = Context()


@attrs.frozen(kw_only=True, repr=False)
class AccessRequest:
    """
    One question to a decision point, as `Guard.decide` takes it apart.

    Attributes:
        subject: Who asks.
        action: What the subject wants to do.
        dossier: The dossier asked about.
        categories: The kinds of data asked for; empty when not stated.
        group: The group of people that the data are about; `None` when not stated.
        purpose: What the data are for; `None` when not stated.
        at: The moment for which the answer counts; `None` for now.
        mode: all or redact.
        context: The circumstances.
    """

    subject: Subject
    action: str
    dossier: Dossier
    categories: frozenset[str]
    group: str | None
    purpose: str | None
    at: datetime | None
    mode: str = Mode.ALL
    context: Context = NOTHING_STATED

    def __repr__(self) -> str:
        return f"<AccessRequest {self.action}>"
