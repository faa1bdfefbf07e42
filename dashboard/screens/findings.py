"""What a look at a campaign found before it goes out."""

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.client import ApiAway, Refused
from dashboard.places import parts_of
from dashboard.words import TABLE
from sdk_contracts.wire.campaigns import Campaign, Check, Finding

FACTS = frozenset({"link", "wanted", "locale", "default", "looked_at", "reason", "name", "on"})
"""Those that our words have room for."""


def panel(campaign: Campaign) -> None:
    """The last look at it, and another one for those who may write."""
    say, client = session.say, session.signed_in().client
    if campaign.checked is not None:
        show(campaign.checked)
        st.caption(parts.moment(campaign.checked.at))
    if not session.may("compose") or not st.button(say("check"), icon=":material/fact_check:"):
        return
    if live.act(lambda: client.check(campaign.id)) is not None:
        st.rerun()


def before_launch(campaign: Campaign) -> bool:
    """Look at it and tell; whether it may go out. Where the look fails, the API has the last word."""
    try:
        found = session.signed_in().client.check(campaign.id)
    except (ApiAway, Refused):
        return True
    show(found)
    return not found.errors


def show(found: Check) -> None:
    if not found.errors and not found.warnings:
        st.html(markup.findings("good", [(session.say("check_clean"), "")]))
    for kind, those in (("bad", found.errors), ("odd", found.warnings)):
        if those:
            st.html(markup.findings(kind, together([told(each) for each in those])))


def together(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What was found several times, such as in each version, once with all that is said of it."""
    found: dict[str, dict[str, None]] = {}
    for headline, more in rows:
        found.setdefault(headline, {})[more] = None
    return [(headline, "\n".join(more for more in details if more)) for headline, details in found.items()]


def told(finding: Finding) -> tuple[str, str]:
    """Headline and more, in the reader's language; of what we have no words for, the API's own."""
    word = f"finding.{finding.code}"
    if word not in TABLE:
        return finding.code, finding.detail
    count = fmt.number(finding.count) if finding.count is not None else ""
    place, rest = where(finding.pointer), more(finding, count)
    return session.say(word, count=count), ": ".join(filter(None, [place, rest]))


def more(finding: Finding, count: str) -> str:
    """What the headline leaves open."""
    facts = finding.facts
    if finding.code == "nobody_reachable":
        return ", ".join(f"{parts.words_for(reason)} {number}" for reason, number in sorted(facts.items()))
    kind = facts.get("missing") or ("spoken" if finding.code == "missing_translation" and count else "")
    word = f"finding.{finding.code}{f'.{kind}' if kind else ''}.more"
    try:
        return session.say(word, count=count, **{name: fact for name, fact in facts.items() if name in FACTS})
    except KeyError:
        # Nothing more to say, or an API that does not tell the facts.
        return finding.detail if word in TABLE else ""


def where(pointer: str) -> str:
    """In which version and language, where it is not about all of it."""
    say, found = session.say, []
    match parts_of(pointer):
        case ["experiment", "variants", number, *rest]:
            found.append(say("finding_version", number=int(number) + 1))
        case ["follow_up", *rest]:
            found.append(say("finding_second"))
        case rest:
            pass
    match rest:
        case [*_, "translations", locale]:
            found.append(locale)
    return " · ".join(found)
