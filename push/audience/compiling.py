"""A rule as a question to the database."""

from collections.abc import Sequence

from push.audience.rules import Rule, followed
from push.database import Document


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
