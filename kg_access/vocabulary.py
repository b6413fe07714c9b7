"""
The closed words that the library itself knows.

Roles, services, categories, groups, purposes, channels and recipient types are not here: they are words of the
policy, and adding one needs no Python.
"""

from __future__ import annotations

from enum import StrEnum


class Term(StrEnum):
    """A closed word; it shows itself as the text that it is."""

    def __repr__(self) -> str:
        return repr(str(self))


class Action(Term):
    """What somebody can ask to do with a dossier."""

    READ = "read"
    SEARCH = "search"
    UPDATE = "update"
    EXPORT = "export"
    DISCLOSE = "disclose"
    COMMUNICATE = "communicate"
    STORE = "store"
    TRANSFER = "transfer"
    DELETE = "delete"


class Phase(Term):
    """Where a dossier stands in its life (KG-RET-1 to KG-RET-8)."""

    ACTIVE = "active"
    NOT_STARTED = "not_started"
    PASSIVE = "passive"
    RETENTION_UNKNOWN = "retention_unknown"
    EXPIRED = "expired"
    PRESERVED = "preserved"


class Mode(Term):
    """Whether every category asked must be allowed, or those that are not may be left out."""

    ALL = "all"
    REDACT = "redact"


class Effect(Term):
    """The verdict."""

    PERMIT = "permit"
    DENY = "deny"


class Disclosure(Term):
    """What a denial may show: that it is forbidden, or not even that the dossier exists."""

    FORBID = "forbid"
    HIDE = "hide"


class Kind(Term):
    """What kind of person asks."""

    STAFF = "staff"
    VOLUNTEER = "volunteer"
    PROCESSOR = "processor"
    RECIPIENT = "recipient"
    AUDITOR = "auditor"


class Objection(Term):
    """Where an objection of the person concerned stands (KG-RGT-1, KG-RGT-2)."""

    PENDING = "pending"
    REJECTED = "rejected"
    UPHELD = "upheld"


class Erasure(Term):
    """Where a request for erasure stands (KG-RGT-7)."""

    PENDING = "pending"
    APPROVED = "approved"


class Preservation(Term):
    """The interest for which a dossier is kept after its term (KG-RET-4)."""

    HISTORICAL = "historical"
    CULTURAL = "cultural"
    GENERAL = "general"


class IdentityProof(Term):
    """How sure it is who asks for their data (KG-RGT-6)."""

    NONE = "none"
    CLAIMED = "claimed"
    VERIFIED = "verified"


class Audience(Term):
    """For whom an explanation is: staff, or the person outside."""

    STAFF = "staff"
    SUBJECT = "subject"


class Language(Term):
    """The languages of the policy's texts."""

    NL = "nl"
    EN = "en"


class Obligation(Term):
    """What the application must do along with a decision."""

    LOG = "log"
    RECORD_JUSTIFICATION = "record_justification"
    PROCESSOR_LOG = "processor_log"
    PSEUDONYMISE = "pseudonymise"
    RECORD_AUTHORISATION = "record_authorisation"
    RECORD_LEGAL_BASIS = "record_legal_basis"
    RECORD_RELEVANCE = "record_relevance"
    ENCRYPT_IN_TRANSIT = "encrypt_in_transit"
    ENCRYPT_AT_REST = "encrypt_at_rest"
    NOTIFY_DPO = "notify_dpo"
    NOTIFY_RETENTION_OWNER = "notify_retention_owner"
    ERASE = "erase"
    REDACT = "redact"
    REDACT_THIRD_PARTY = "redact_third_party"
    VERIFY_IDENTITY = "verify_identity"
    REDIRECT_TO_KG_LIJN = "redirect_to_kg_lijn"
    FOUR_EYES = "four_eyes"
    REVIEW = "review"
    TIME_LIMIT = "time_limit"


class Reason(Term):
    """Why a request is denied, or a category is left out."""

    NO_TASK_NEED = "no_task_need"
    WRONG_SERVICE = "wrong_service"
    ROLE_CATEGORY = "role_category"
    ACTION_NOT_GRANTED = "action_not_granted"
    PASSIVE_RESTRICTED = "passive_restricted"
    RETENTION_EXPIRED = "retention_expired"
    RETENTION_UNKNOWN = "retention_unknown"
    PRESERVED_ARCHIVE_ONLY = "preserved_archive_only"
    NOT_PRESERVED = "not_preserved"
    NOT_IN_USE = "not_in_use"
    SERVICE_NOT_IN_FORCE = "service_not_in_force"
    CATEGORY_NOT_LISTED = "category_not_listed"
    CATEGORY_NOT_FOR_GROUP = "category_not_for_group"
    GROUP_NOT_LISTED = "group_not_listed"
    RELEVANCE_NOT_SHOWN = "relevance_not_shown"
    PURPOSE_NOT_COMPATIBLE = "purpose_not_compatible"
    PROCESSOR_SCOPE = "processor_scope"
    PROCESSOR_NOT_LISTED = "processor_not_listed"
    RECIPIENT_NOT_LISTED = "recipient_not_listed"
    NO_VALID_AUTHORISATION = "no_valid_authorisation"
    RECIPIENT_NOT_COMPETENT_AUTHORITY = "recipient_not_competent_authority"
    TRANSFER_OUTSIDE_EEA = "transfer_outside_eea"
    COUNTRY_MISMATCH = "country_mismatch"
    NO_LEGAL_BASIS_REF = "no_legal_basis_ref"
    FOUR_EYES_MISSING = "four_eyes_missing"
    CHANNEL_O365_DOSSIER = "channel_o365_dossier"
    CHANNEL_SOCIAL_MEDIA = "channel_social_media"
    IDENTITY_NOT_PROVEN = "identity_not_proven"
    NO_RIGHTS_CASE = "no_rights_case"
    OBJECTION_PENDING = "objection_pending"
    OBJECTION_UPHELD = "objection_upheld"
    ERASURE_PENDING = "erasure_pending"
    ERASURE_APPROVED = "erasure_approved"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    PROTECTED_DOSSIER = "protected_dossier"
    NOT_STAFF = "not_staff"
    NO_CONTENT_ACCESS = "no_content_access"
    BREAK_GLASS_NOT_ENABLED = "break_glass_not_enabled"
    POLICY_NOT_PUBLISHED = "policy_not_published"
    OUT_OF_SCOPE = "out_of_scope"
    INPUT_INCOMPLETE = "input_incomplete"
    OBLIGATION_NOT_SUPPORTED = "obligation_not_supported"
    ENGINE_FAILURE = "engine_failure"
    POLICY_STALE = "policy_stale"
