"""What the policy is: its name, its dates, its switches."""

from __future__ import annotations

from kg_access.book.chapters.chapter import Chapter
from kg_access.book.html import both, pairs, paragraphs, say
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label
from kg_access.policy.written import Written


def overview(version: Written) -> Chapter:
    """
    Write the chapter.

    Args:
        version: The policy.
    """
    policy = version.policy
    never = say("niet aangekondigd", "not announced")
    announced = never if policy.published_on is None else joined([policy.published_on.isoformat()])
    sizes = (joined([both(policy.vocabulary.standings[name]), f": {size}"]) for name, size in policy.list_sizes.items())
    body = pairs(
        [
            (say("Naam", "Name"), policy.name),
            (say("Versie", "Version"), policy.version),
            (say("Aangekondigd op", "Announced on"), announced),
            (say("Geldt vanaf", "In effect from"), policy.effective_from.isoformat()),
            (say("Vingerafdruk (SHA-256)", "Digest (SHA-256)"), tag("code", policy.digest)),
            (say("Noodtoegang", "Emergency access"), say("staat aan", "is on") if policy.break_glass else _OFF),
            (say("Ten hoogste op een lijst", "At most on a list"), joined(sizes, "; ")),
            (say("Verantwoordelijke", "Controller"), tag("code", policy.controller)),
            (say("Vragen", "Questions"), policy.contact),
        ]
    )
    return Chapter("policy", Label("Dit beleid", "This policy"), joined([paragraphs(_HOW), _warning(version), body]))


_OFF = say("staat uit", "is off")
_HOW = Label(
    "Een aanvraag wordt toegestaan als drie vragen alle drie ja krijgen: mag deze dienst deze gegevens over deze groep "
    "gebruiken, heeft deze persoon ze nodig, en is er geen verbod. Bij elke vraag staan de regels die ja zeggen en de "
    "regels die nee zeggen. Een nee gaat altijd voor, en wat geen regel toestaat, mag niet.",
    "A request is permitted when three questions all get a yes: may this service use these data about this group, "
    "does this person need them, and is there no prohibition. For each question there are rules that say yes and "
    "rules that say no. A no always prevails, and what no rule allows is not permitted.",
)
_UNANNOUNCED = Label(
    "Deze versie is niet aangekondigd voor ze geldt, en laat daarom niets toe. Wat hier mogelijk heet, zou na een "
    "aankondiging mogelijk zijn.",
    "This version was not announced before it takes effect, and therefore permits nothing. What is called possible "
    "here would be possible after an announcement.",
)


def _warning(version: Written) -> Markup:
    return Markup() if version.policy.announced else paragraphs(_UNANNOUNCED, class_="pair broken")
