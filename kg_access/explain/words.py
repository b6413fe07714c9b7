"""The sentences of an explanation that are not words of the policy, in Dutch and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "why": "Waarom",
        "questions": "De drie vragen",
        "rules": "Regels",
        "ways_out": "Wat zou helpen",
        "left_out": "Wat wordt weggelaten",
        "obligations": "Wat erbij hoort",
        "turn": "Wanneer het antwoord verandert",
        "contact": "Vragen",
        "policy": "Beleid",
        "yes": "ja",
        "no": "nee",
        "permit": "laat toe",
        "deny": "weigert",
        "not_alone": "verandert op zichzelf het antwoord niet",
        "nobody": "Niemand heeft dit in de hand",
    },
    "en": {
        "why": "Why",
        "questions": "The three questions",
        "rules": "Rules",
        "ways_out": "What would help",
        "left_out": "What is left out",
        "obligations": "What goes with it",
        "turn": "When the answer changes",
        "contact": "Questions",
        "policy": "Policy",
        "yes": "yes",
        "no": "no",
        "permit": "permits",
        "deny": "denies",
        "not_alone": "does not change the answer by itself",
        "nobody": "In nobody's hands",
    },
}

QUESTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "scope": "Mag deze dienst deze gegevens over deze groep gebruiken?",
        "need": "Heb jij ze nodig voor je taak?",
        "limits": "Is er geen enkel verbod dat dit tegenhoudt?",
    },
    "en": {
        "scope": "May this service use these data about this group?",
        "need": "Do you need them for your task?",
        "limits": "Is there no prohibition in the way?",
    },
}

VERDICTS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "permit": "Ja: je mag {categories}{group}{purpose} {action}.",
        "deny": "Nee: je mag {categories}{group}{purpose} niet {action}.",
        "fault": "Nee: door een fout kon dit niet worden beoordeeld.",
        "choice": "De verklaring zwijgt hierover; het beleid kiest.",
        "about": " over {}",
        "for": " voor {}",
        "no_categories": "niet nader genoemde gegevens",
        "no_group": " over een niet vermelde groep",
        "no_purpose": " zonder vermeld doel",
        "left_out": "Weggelaten: {}.",
        "leave_out": "Vraag het opnieuw zonder {}.",
        "and": " en ",
        "supports": "De toepassing moet eerst ook dit kunnen uitvoeren: {}",
    },
    "en": {
        "permit": "Yes: you may {action} {categories}{group}{purpose}.",
        "deny": "No: you may not {action} {categories}{group}{purpose}.",
        "fault": "No: a fault kept this from being judged.",
        "choice": "The statement is silent here; the policy chooses.",
        "about": " about {}",
        "for": " for {}",
        "no_categories": "data that are not stated",
        "no_group": " about a group that is not stated",
        "no_purpose": " with no purpose stated",
        "left_out": "Left out: {}.",
        "leave_out": "Ask again without {}.",
        "and": " and ",
        "supports": "The application must first be able to do this too: {}",
    },
}

TURNS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "permit": "Vanaf {day} mag dit{phase}.",
        "deny": "Vanaf {day} mag dit niet meer{phase}.",
        "still_permit": "Ook vanaf {day} mag dit{phase}.",
        "still_deny": "Ook vanaf {day} mag dit niet{phase}.",
        "since": ", want {}",
        "still": "; {}",
    },
    "en": {
        "permit": "From {day} this is allowed{phase}.",
        "deny": "From {day} this is no longer allowed{phase}.",
        "still_permit": "From {day} on, too, this is allowed{phase}.",
        "still_deny": "From {day} on, too, this is not allowed{phase}.",
        "since": ", since {}",
        "still": "; {}",
    },
}

OUTSIDE: Final[Mapping[str, str]] = {
    "nl": (
        "Over een vraag als deze kunnen we hier niets meedelen, ook niet of er een dossier bestaat. "
        "Wil je weten welke gegevens we over je verwerken, ze laten verbeteren, of ben je het niet eens met hoe we "
        "ermee omgaan, neem dan contact op; we vragen eerst een bewijs van je identiteit."
    ),
    "en": (
        "We cannot say anything here about a request like this, not even whether there is a dossier. "
        "To learn which data we process about you, to have them corrected, or to disagree with how we handle them, "
        "get in touch; we ask for proof of your identity first."
    ),
}

_MONTHS: Final[Mapping[str, tuple[str, ...]]] = {
    "nl": (
        "januari", "februari", "maart", "april", "mei", "juni",
        "juli", "augustus", "september", "oktober", "november", "december",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def long_day(day: date, language: str) -> str:
    """
    Write a day as people say it, such as `1 July 2019`.

    Args:
        day: The day.
        language: nl or en.
    """
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"
