"""What a campaign says, and to whom."""

import streamlit as st

from dashboard import format as fmt
from dashboard import markup, preview, session
from dashboard.screens import timing
from dashboard.screens.rule_told import whom
from sdk_contracts.wire.campaigns import Campaign

UNSENT = frozenset({"draft", "in_review", "approved"})


def show(campaign: Campaign) -> None:
    say = session.say
    with st.expander(say("message"), expanded=campaign.state in UNSENT, icon=":material/smartphone:"):
        picture, facts = st.columns(2, gap="large", vertical_alignment="center")
        with picture:
            phone(campaign)
        with facts:
            st.html(markup.table(details(campaign)))


def phone(campaign: Campaign) -> None:
    content = campaign.content
    locales = list(content.translations)
    locale = content.default_locale if content.default_locale in locales else locales[0]
    if len(locales) > 1:
        chosen = st.segmented_control(
            session.say("language"), locales, default=locale, required=True, key="message.locale",
            format_func=markup.plain, label_visibility="collapsed",
        )  # fmt: skip
        locale = chosen or locale
    text = content.translations[locale]
    shown = preview.Preview(
        app=session.signed_in().me.app_name, title=text.title, body=text.body,
        image_url=content.image_url, link=content.link, now=session.say("now"),
        buttons=tuple(action.label for action in content.actions),
    )  # fmt: skip
    st.html(preview.phone(shown, "android" if "push" in campaign.channels else "inbox"))


def details(campaign: Campaign) -> list[tuple[str, str, str]]:
    """What is set, and what it is set to."""
    say, content = session.say, campaign.content
    limits = campaign.limits
    expires = limits.expires_at
    facts = {
        "include": whom(campaign.audience.include),
        "exclude": whom(campaign.audience.exclude),
        "channels": " + ".join(say(channel) for channel in campaign.channels),
        "kind": say(f"kind.{campaign.kind}"),
        "category": campaign.category or "",
        "when": timing.told(campaign.schedule) if campaign.schedule else "",
        "goal": timing.goal_told(campaign.conversion),
        "second_row": timing.second_told(campaign.follow_up),
        "versions": ", ".join(one.name for one in campaign.experiment.variants) if campaign.experiment else "",
        "link": content.link or "",
        "per_minute": fmt.number(limits.per_minute) if limits.per_minute else "",
        "tags": ", ".join(campaign.tags),
        "expires": fmt.moment(expires, session.zone(), session.now(), session.language()) if expires else "",
        "ignore_quiet_hours": say("yes") if limits.ignore_quiet_hours else "",
        "ignore_frequency_cap": say("yes") if limits.ignore_frequency_cap else "",
    }
    return [(say(name), value, "") for name, value in facts.items() if value]
