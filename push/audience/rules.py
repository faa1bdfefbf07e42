"""The filter language: who is meant, as a question to the database and as a yes or no about one device."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from push.database import Document
from push.devices.model import Device


class Rule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Exactly one of these is set."""

    all: bool = False
    topics: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    device_ids: tuple[str, ...] = ()


class Audience(Struct, frozen=True, kw_only=True, omit_defaults=True):
    include: Rule
    exclude: Rule | None = None


def covering(topic: str) -> list[str]:
    """The topics whose followers get this one: itself and each one above it."""
    parts = topic.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def followed(topics: Iterable[str]) -> list[str]:
    return sorted({above for topic in topics for above in covering(topic)})


def narrowed(rule: Rule, person_ids: Sequence[str]) -> Document:
    """The query whose devices the rule may mean. `person_ids` are those its external ids stand for."""
    if rule.topics:
        return {"topics": {"$in": followed(rule.topics)}}
    if rule.device_ids:
        return {"_id": {"$in": list(rule.device_ids)}}
    if rule.external_ids:
        return {"person_id": {"$in": list(person_ids)}}
    return {}


def left_out(rule: Rule | None) -> Document:
    """The query that leaves out the devices which the rule means."""
    if rule is None:
        return {}
    if rule.all:
        return {"_id": {"$exists": False}}
    if rule.topics:
        return {"topics": {"$nin": followed(rule.topics)}}
    if rule.device_ids:
        return {"_id": {"$nin": list(rule.device_ids)}}
    return {"external_id": {"$nin": list(rule.external_ids)}}


class Matcher:
    """A rule made ready to be asked about many devices."""

    def __init__(self, rule: Rule | None) -> None:
        self._all = rule is not None and rule.all
        self._topics = frozenset(followed(rule.topics)) if rule else frozenset()
        self._external_ids = frozenset(rule.external_ids) if rule else frozenset()
        self._device_ids = frozenset(rule.device_ids) if rule else frozenset()

    def __call__(self, device: Device) -> bool:
        return (
            self._all
            or device.id in self._device_ids
            or device.external_id in self._external_ids
            or not self._topics.isdisjoint(device.topics)
        )

    def names(self, external_id: str | None) -> bool:
        """Whether the rule means this person by name, with or without a device."""
        return self._all or external_id in self._external_ids
