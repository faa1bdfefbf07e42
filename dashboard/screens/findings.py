"""What a look at a campaign found before it goes out."""

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.client import ApiAway, Refused
from dashboard.words import TABLE
from sdk_contracts.wire.campaigns import Campaign, Check, Finding


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
    """In the reader's language; the API's own words stand behind where these say more."""
    word = f"finding.{finding.code}"
    count = fmt.number(finding.count) if finding.count is not None else ""
    headline = session.say(word, count=count) if word in TABLE else finding.code
    return headline, finding.detail if session.language() == "en" else ""
