"""Whom a campaign would reach if it went out now, and what is odd about that."""

from collections.abc import Iterator

from push.apps.model import App
from push.campaigns.findings import Finding
from push.campaigns.model import Campaign
from push.checking.texts import contents
from push.content.links import WEB, scheme
from push.content.model import link_on
from sdk_contracts.wire.campaigns import Estimate

_WORDS = {
    "no_consent": "have not agreed to promotion and get none of it",
    "frequency_capped": "have had as much promotion as they may have within a day and are not pushed",
    "category_muted": "have muted this category",
    "address_gone": "can be pushed to no more, because the app was removed or not used for long",
    "expired": "would be reached only after the campaign has expired",
}


def odd(campaign: Campaign, estimate: Estimate, app: App) -> Iterator[Finding]:
    """Warnings only: who is meant may be others by the time it is sent."""
    if estimate.people == 0:
        yield Finding(code="nobody", pointer="/audience", detail="Nobody is meant.", count=0)
    elif not any(estimate.by_channel.values()):
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(estimate.excluded.items()))
        detail = f"Of {estimate.people:,} people nobody can be sent to: {reasons}."
        facts = {reason: str(count) for reason, count in estimate.excluded.items()}
        yield Finding(code="nobody_reachable", pointer="/audience", detail=detail, count=estimate.people, facts=facts)
    if campaign.audience.include.all and campaign.audience.exclude is None and estimate.people > 1:
        detail = f"This goes to everybody: {estimate.people:,} people."
        yield Finding(code="everybody", pointer="/audience", detail=detail, count=estimate.people)
    for reason, words in _WORDS.items():
        if count := estimate.excluded.get(reason, 0):
            yield Finding(code=reason, pointer="/audience", detail=f"{count:,} {words}.", count=count)
    yield from _unopened(campaign, estimate.by_platform.get("web", 0))
    if estimate.deferred:
        detail = f"{estimate.deferred:,} devices have quiet hours now and are pushed when these end."
        yield Finding(code="deferred", pointer="/limits", detail=detail, count=estimate.deferred)
    phones = sum(estimate.by_platform.get(platform, 0) for platform in ("android", "ios"))
    if "push" in campaign.channels and phones and app.fcm_project_id is None:
        detail = f"{phones:,} phones cannot be pushed to: the app has no Firebase project yet."
        facts = {"missing": "fcm"}
        yield Finding(code="no_credentials", pointer="/channels", detail=detail, count=phones, facts=facts)
    letters = estimate.by_channel.get("email", 0)
    if letters and app.smtp_host is None:
        detail = f"{letters:,} letters cannot be sent: the app has no mail server yet."
        facts = {"missing": "smtp"}
        yield Finding(code="no_credentials", pointer="/channels", detail=detail, count=letters, facts=facts)


def _unopened(campaign: Campaign, browsers: int) -> Iterator[Finding]:
    """Links of apps, where some are read in browsers."""
    for at, content in contents(campaign) if browsers and "push" in campaign.channels else ():
        led = link_on(content, "web")
        if led is not None and scheme(led) not in WEB:
            detail = f"{browsers:,} browsers cannot open {led} and go to the site instead; say where in links.web."
            at_link, facts = f"{at}/content/link", {"link": led}
            yield Finding(code="no_web_link", pointer=at_link, detail=detail, count=browsers, facts=facts)
