"""An experiment: who gets which variant, who gets none, and which variant has won."""

import hashlib
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from push.content.model import Content
from push.ledger.model import HOLDOUT, REST

Metric = Literal["opened", "clicked", "converted"]


class Variant(Struct, frozen=True, kw_only=True):
    name: str
    weight: float
    content: Content


class Winner(Struct, frozen=True, kw_only=True):
    """How the variant is chosen that goes to the rest."""

    metric: Metric
    after_minutes: int
    sample_percent: float = 20
    """How many of those who are not held out get a variant at once."""


class Experiment(Struct, frozen=True, kw_only=True):
    variants: tuple[Variant, ...]
    holdout_percent: float = 0
    winner: Winner | None = None

    def group_of(self, campaign_id: str, person_id: str) -> str:
        """The variant's name, or HOLDOUT or REST: the same for all devices of a person, whenever it is asked.

        Three draws that know nothing of each other, so that a holdout or a sample of another size moves nobody from
        one variant to another.
        """
        held_out, sampled, drawn = _draws(campaign_id, person_id)
        if held_out * 100 < self.holdout_percent:
            return HOLDOUT
        if self.winner is not None and sampled * 100 >= self.winner.sample_percent:
            return REST
        place = drawn * sum(variant.weight for variant in self.variants)
        for variant in self.variants:
            place -= variant.weight
            if place < 0:
                return variant.name
        return self.variants[-1].name

    def content_of(self, name: str | None) -> Content:
        return next(variant.content for variant in self.variants if variant.name == name)

    def best(self, rates: Mapping[str, float]) -> str:
        """The variant whose rate is highest; of those alike, the one that is named first."""
        return max(self.variants, key=lambda variant: rates.get(variant.name, 0.0)).name


def _draws(campaign_id: str, person_id: str) -> tuple[float, float, float]:
    """Three numbers from 0 to 1, without 1."""
    digest = hashlib.blake2b(f"{campaign_id} {person_id}".encode(), digest_size=18).digest()
    first, second, third = (int.from_bytes(digest[start : start + 6]) / 2**48 for start in (0, 6, 12))
    return first, second, third
