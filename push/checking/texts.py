"""What is wrong with the words of a campaign, as far as they tell by themselves."""

from collections.abc import Iterator

from push.apps.model import App
from push.campaigns.findings import Finding
from push.campaigns.model import Campaign
from push.content.links import dead, links
from push.content.model import Content


def contents(campaign: Campaign) -> list[tuple[str, Content]]:
    """All that it may say, each with where it stands."""
    told = [("", campaign.content)]
    if campaign.experiment is not None:
        told = [(f"/experiment/variants/{n}", each.content) for n, each in enumerate(campaign.experiment.variants)]
    if campaign.follow_up is not None and campaign.follow_up.content is not None:
        told.append(("/follow_up", campaign.follow_up.content))
    return told


def wrong(campaign: Campaign, app: App) -> Iterator[Finding]:
    """Errors: links that lead nowhere, and what the app demands of promotion."""
    for at, content in contents(campaign):
        for place, link in links(content):
            if (detail := dead(link)) is not None:
                facts = {"link": link}
                yield Finding(code="dead_link", pointer=f"{at}/content{place}", detail=detail, facts=facts)
        if campaign.kind == "promotion":
            yield from _unlabelled(app, at, content)


def odd(campaign: Campaign) -> Iterator[Finding]:
    """Warnings: a language that some of what may be said has and some has not, and talk of an event that is none."""
    told = contents(campaign)
    for at, content in told:
        if content.about_event and campaign.triggered_by is None:
            detail = "No event sets this campaign off, so what is said of `event` stays empty."
            yield Finding(code="no_event", pointer=f"{at}/content/translations", detail=detail)
    spoken = {locale for _, content in told for locale in content.translations}
    for at, content in told:
        for locale in sorted(spoken - content.translations.keys()):
            detail = f"Elsewhere this campaign speaks {locale}; here {content.default_locale} stands in."
            facts, where = {"locale": locale, "default": content.default_locale}, f"{at}/content/translations"
            yield Finding(code="missing_translation", pointer=where, detail=detail, facts=facts)


def _unlabelled(app: App, at: str, content: Content) -> Iterator[Finding]:
    demands = (("no_promotion_label", app.promotion_label), ("no_sender_name", app.sender_name))
    for locale, text in content.translations.items():
        words = f"{text.title}\n{text.body}".casefold()
        for code, wanted in demands:
            if wanted is not None and wanted.casefold() not in words:
                detail = f"Promotion of this app says “{wanted}” in its title or text."
                where = f"{at}/content/translations/{locale}"
                yield Finding(code=code, pointer=where, detail=detail, facts={"wanted": wanted})
