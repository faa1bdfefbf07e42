"""Several versions of a message, and a second step, as the compose form has them. Pure."""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from dashboard.needs import Need
from sdk_contracts.wire.campaigns import Experiment, FollowUp, Variant, Winner
from sdk_contracts.wire.content import Channel, Content, Translation

Texts = Mapping[str, tuple[str, str]]
Metric = Literal["opened", "clicked", "converted"]
METRICS: tuple[Metric, ...] = ("opened", "clicked", "converted")
MOST_ARMS = 10
LATEST_DECISION = 14 * 24 * 60
"""Minutes after the launch."""
_BLANK = Translation(title="-")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Arm(Struct, frozen=True, kw_only=True):
    """A version besides the one that the sheet itself says. What is left empty is as in that one."""

    name: str
    weight: float = 1.0
    texts: Texts = {}
    image_url: str = ""
    link: str = ""

    def content(self, first: Content) -> Content:
        """`first`, but for what this version says otherwise."""
        texts = {locale: _over(text, *self.texts.get(locale, ("", ""))) for locale, text in first.translations.items()}
        return msgspec.structs.replace(
            first, translations=texts, image_url=self.image_url or first.image_url, link=self.link or first.link
        )


class Trial(Struct, frozen=True, kw_only=True):
    first: str = "a"
    first_weight: float = 1.0
    arms: tuple[Arm, ...] = (Arm(name="b"),)
    holdout: float = 0.0
    winner: Winner | None = None
    kept: Experiment | None = None
    """One that this form cannot show, which stays as it is."""

    def shares(self) -> list[tuple[str, float]]:
        """What part of the people gets each version, in per cent."""
        weights = [(self.first, self.first_weight), *((arm.name, arm.weight) for arm in self.arms)]
        total = sum(weight for _, weight in weights) or 1.0
        return [(name, (100 - self.holdout) * weight / total) for name, weight in weights]

    def needs(self) -> list[Need]:
        if self.kept is not None:
            return []
        names = [self.first, *(arm.name for arm in self.arms)]
        found = [Need("need.arm_name", {"value": name}) for name in names if not _NAME.fullmatch(name)]
        if len(set(names)) < len(names):
            found.append(Need("need.arm_names"))
        if any(arm == Arm(name=arm.name, weight=arm.weight, texts=_nothing(arm.texts)) for arm in self.arms):
            found.append(Need("need.arm_same"))
        if any(not 0 < weight <= 1000 for weight in (self.first_weight, *(arm.weight for arm in self.arms))):
            found.append(Need("need.arm_weight"))
        if self.winner is not None and not 1 <= self.winner.after_minutes <= LATEST_DECISION:
            found.append(Need("need.decided_after"))
        return found

    def experiment(self, content: Content) -> Experiment:
        if self.kept is not None:
            return self.kept
        first = Variant(name=self.first, weight=self.first_weight, content=content)
        others = [Variant(name=arm.name, weight=arm.weight, content=arm.content(content)) for arm in self.arms]
        return Experiment(variants=[first, *others], holdout_percent=self.holdout, winner=self.winner)


def trial_of(experiment: Experiment | None, content: Content) -> Trial | None:
    if experiment is None:
        return None
    first, *others = experiment.variants
    said = Trial(
        first=first.name, first_weight=first.weight, arms=tuple(_arm(variant, content) for variant in others),
        holdout=experiment.holdout_percent, winner=experiment.winner,
    )  # fmt: skip
    return said if said.experiment(content) == experiment else Trial(kept=experiment)


class Second(Struct, frozen=True, kw_only=True):
    """Once more, for those who did not open it. Without `texts` the same words."""

    after_seconds: int = 24 * 3600
    channels: tuple[Channel, ...] = ("inbox",)
    texts: Texts | None = None
    kept: FollowUp | None = None

    def needs(self) -> list[Need]:
        if self.kept is not None:
            return []
        found = [] if self.channels else ["need.second_channels"]
        if not 60 <= self.after_seconds <= 30 * 24 * 3600:
            found.append("need.second_after")
        if self.texts is not None and not all(title.strip() for title, _ in self.texts.values()):
            found.append("need.second_title")
        return [Need(key, step="schedule") for key in found]

    def follow_up(self, content: Content) -> FollowUp:
        if self.kept is not None:
            return self.kept
        words = None
        if self.texts is not None:
            texts = {
                locale: msgspec.structs.replace(content.translations.get(locale, _BLANK), title=title, body=body)
                for locale, (title, body) in self.texts.items()
            }
            words = msgspec.structs.replace(content, translations=texts)
        return FollowUp(after_seconds=self.after_seconds, channels=list(self.channels), content=words)


def second_of(follow_up: FollowUp | None, content: Content) -> Second | None:
    if follow_up is None:
        return None
    said = Second(
        after_seconds=follow_up.after_seconds,
        channels=tuple(follow_up.channels),
        texts=texts_in(follow_up.content) if follow_up.content else None,
    )
    return said if said.follow_up(content) == follow_up else Second(kept=follow_up)


def texts_in(content: Content) -> Texts:
    return {locale: (text.title, text.body) for locale, text in content.translations.items()}


def _arm(variant: Variant, content: Content) -> Arm:
    texts = {}
    for locale, text in variant.content.translations.items():
        title, body = texts_in(content).get(locale, ("", ""))
        texts[locale] = ("" if text.title == title else text.title, "" if text.body == body else text.body)
    own = variant.content
    return Arm(
        name=variant.name, weight=variant.weight, texts=texts,
        image_url="" if own.image_url == content.image_url else own.image_url or "",
        link="" if own.link == content.link else own.link or "",
    )  # fmt: skip


def _over(text: Translation, title: str, body: str) -> Translation:
    return msgspec.structs.replace(text, title=title.strip() or text.title, body=body or text.body)


def _nothing(texts: Texts) -> Texts:
    return dict.fromkeys(texts, ("", ""))
