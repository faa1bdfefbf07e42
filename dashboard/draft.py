"""From what a person typed to a campaign the API takes, or to what is still missing. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dashboard.conditions import Conditions, conditions_of
from dashboard.extras import LINK, WEB_ADDRESS, Extras, extras_of
from dashboard.needs import Need, Step
from dashboard.plan import Plan, plan_of
from dashboard.platforms import Platforms, platforms_of
from dashboard.trial import Second, Trial, second_of, texts_in, trial_of
from sdk_contracts.wire.audience import Audience, Rule
from sdk_contracts.wire.campaigns import (
    Campaign,
    CampaignChange,
    CampaignDraft,
    Conversion,
    EstimateRequest,
    Limits,
)
from sdk_contracts.wire.content import Channel, Content, Kind, Translation

RuleKind = Literal["none", "all", "segment", "topics", "rows", "external_ids", "device_ids", "kept"]
_TOPIC = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
_TOKEN = re.compile(r"[A-Za-z0-9_.:@|~+-]{1,128}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_WINDOW, MOST_INFLUENCE = 30 * 24 * 3600, 7 * 24 * 3600
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")

SHOWN = (
    "name", "kind", "category", "content", "audience", "channels", "limits", "tags",
    "schedule", "experiment", "follow_up", "conversion",
)  # fmt: skip
"""The fields of a campaign that the form fills."""


class Aim(Struct, frozen=True):
    """One rule as typed. `names` are topics or ids; of a segment, its id."""

    kind: RuleKind = "all"
    names: tuple[str, ...] = ()
    rows: Conditions | None = None
    kept: Rule | None = None
    """A rule that this form cannot show, which stays as it is."""

    def needs(self) -> list[Need]:
        if self.kind in {"none", "all", "kept"}:
            return []
        if self.kind == "rows":
            return (self.rows or Conditions()).needs()
        if not self.names:
            return [Need("need.row_segment" if self.kind == "segment" else "need.include", step="audience")]
        if self.kind == "segment":
            return []
        limit = 100 if self.kind == "topics" else 10_000
        if len(self.names) > limit:
            return [Need("need.too_many", {"limit": f"{limit:,}"}, "audience")]
        pattern, key = (_TOPIC, "need.bad_topic") if self.kind == "topics" else (_TOKEN, "need.bad_id")
        bad = next((name for name in self.names if len(name) > 128 or not pattern.fullmatch(name)), None)
        return [Need(key, {"value": bad}, "audience")] if bad is not None else []

    def rule(self) -> Rule | UnsetType:
        names = list(self.names)
        match self.kind:
            case "none":
                return UNSET
            case "kept":
                assert self.kept is not None
                return self.kept
            case "all":
                return Rule(all=True)
            case "rows":
                return (self.rows or Conditions()).rule()
            case "segment":
                return Rule(segment_id=names[0])
            case "topics":
                return Rule(topics=names)
            case "external_ids":
                return Rule(external_ids=names)
            case "device_ids":
                return Rule(device_ids=names)


class Sheet(Struct, frozen=True, kw_only=True):
    """The compose form as it stands."""

    name: str = ""
    kind: Kind = "service"
    category: str = ""
    default_locale: str = "en"
    texts: Mapping[str, tuple[str, str]]
    """Title and text by locale."""
    image_url: str = ""
    link: str = ""
    include: Aim = Aim()
    exclude: Aim = Aim("none")
    channels: tuple[Channel, ...] = ("push", "inbox")
    limits: Limits = Limits()
    tags: tuple[str, ...] = ()
    base: Content | None = None
    """The content being edited: what the form does not show stays as it was."""
    extras: Extras = Extras()
    platforms: Platforms = Platforms()
    plan: Plan = Plan()
    trial: Trial | None = None
    second: Second | None = None
    goal: Conversion | None = None

    def needs(self, now: datetime) -> list[Need]:
        """Everything between this and a draft that can be saved, in the order of the form."""
        found = [] if self.name.strip() else [Need("need.name")]
        if self.name.strip() and not _NAME.fullmatch(self.name.strip()):
            found.append(Need("need.name_shape"))
        for locale, (title, body) in self.texts.items():
            if not title.strip():
                found.append(Need("need.title", {"locale": locale}))
            if len(title.strip()) > 1024 or len(body) > 4096:
                found.append(Need("need.too_long", {"locale": locale}))
        addresses: list[tuple[str, re.Pattern[str], str, Step]] = [
            (self.image_url, WEB_ADDRESS, "need.image", "content"),
            (self.link, LINK, "need.link", "content"),
            (self.category, _KEY, "need.category", "audience"),
        ]
        for arm in self.trial.arms if self.trial else ():
            addresses += [
                (arm.image_url, WEB_ADDRESS, "need.image", "content"),
                (arm.link, LINK, "need.link", "content"),
            ]
        for text, pattern, key, step in addresses:
            if text and (len(text) > 2048 or not pattern.fullmatch(text)):
                found.append(Need(key, step=step))
        found += [Need("need.tag", {"value": tag}) for tag in self.tags if not _KEY.fullmatch(tag)]
        if not self.channels:
            found.append(Need("need.channels", step="audience"))
        if self.limits.expires_at is not None and self.limits.expires_at <= now:
            found.append(Need("need.expires", step="check"))
        found += self.include.needs() + self.exclude.needs() + self.plan.needs(now)
        found += (
            self.extras.needs()
            + self.platforms.needs()
            + _goal_needs(self.goal)
            + (self.trial.needs() if self.trial else [])
        )
        return found + (self.second.needs() if self.second else [])

    def audience(self) -> Audience:
        return Audience(include=cast(Rule, self.include.rule()), exclude=self.exclude.rule())

    def content(self) -> Content:
        """Ask `needs` first."""
        kept = self.base or Content(default_locale=self.default_locale, translations={"en": Translation(title="-")})
        translations = {
            locale: Translation(title=title.strip(), body=body, subtitle=self.platforms.subtitles.get(locale, ""))
            for locale, (title, body) in self.texts.items()
        }
        return replace(
            kept, default_locale=self.default_locale, translations=translations,
            image_url=self.image_url or None, link=self.link or None, **self.extras.fields(),
            **self.platforms.fields(),
        )  # fmt: skip

    def draft(self) -> CampaignDraft:
        """The draft; ask `needs` first."""
        content = self.content()
        return CampaignDraft(
            name=self.name.strip(), kind=self.kind, category=self.category or None, content=content,
            audience=self.audience(), channels=list(self.channels), limits=self.limits, tags=list(self.tags),
            schedule=self.plan.schedule(), experiment=self.trial.experiment(content) if self.trial else None,
            follow_up=self.second.follow_up(content) if self.second else None, conversion=self.goal,
        )  # fmt: skip

    def change(self) -> CampaignChange:
        """What to change of a saved draft: the fields of this form, so that no other is taken away."""
        draft = self.draft()
        return CampaignChange(**{name: getattr(draft, name) for name in SHOWN})

    def estimate(self) -> EstimateRequest | None:
        """What to ask about the audience, or None while it is not one."""
        if self.include.needs() or self.exclude.needs() or not self.channels:
            return None
        category = self.category if _KEY.fullmatch(self.category) else None
        return EstimateRequest(
            audience=self.audience(),
            kind=self.kind,
            category=category,
            channels=list(self.channels),
            limits=self.limits,
        )


def _goal_needs(goal: Conversion | None) -> list[Need]:
    if goal is None:
        return []
    timely = 60 <= goal.window_seconds <= MOST_WINDOW and 60 <= goal.influence_seconds <= MOST_INFLUENCE
    named = goal.event is None or _KEY.fullmatch(goal.event)
    return [] if timely and named else [Need("need.goal", step="check")]


def names_in(text: str) -> tuple[str, ...]:
    """Ids divided by spaces, commas or lines, each once, in the order typed."""
    return tuple(dict.fromkeys(part for part in re.split(r"[\s,;，；、]+", text) if part))


def sheet_of(campaign: Campaign) -> Sheet:
    """The form for an existing campaign."""
    return Sheet(
        name=campaign.name, kind=campaign.kind, category=campaign.category or "", **texts_of(campaign.content),
        include=_aim(campaign.audience.include), exclude=_aim(campaign.audience.exclude),
        channels=tuple(campaign.channels), limits=campaign.limits, tags=tuple(campaign.tags),
        plan=plan_of(campaign.schedule), trial=trial_of(campaign.experiment, campaign.content),
        second=second_of(campaign.follow_up, campaign.content), goal=campaign.conversion,
    )  # fmt: skip


def texts_of(content: Content) -> dict[str, Any]:
    """The fields of a sheet that some content fills."""
    return {
        "default_locale": content.default_locale, "texts": texts_in(content),
        "image_url": content.image_url or "", "link": content.link or "", "base": content,
        "extras": extras_of(content), "platforms": platforms_of(content),
    }  # fmt: skip


def _aim(rule: Rule | UnsetType) -> Aim:
    if rule is UNSET:
        return Aim("none")
    for kind in ("topics", "external_ids", "device_ids"):
        names = getattr(rule, kind)
        if names is not UNSET:
            return Aim(kind, tuple(names))
    if rule.all is not UNSET:
        return Aim("all")
    if rule.segment_id is not UNSET:
        return Aim("segment", (rule.segment_id,))
    rows = conditions_of(rule)
    return Aim("rows", rows=rows) if rows else Aim("kept", kept=rule)
