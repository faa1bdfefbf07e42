"""An erasure, and what takes the place of a person in what must stay."""

import base64
import os
from datetime import datetime, timedelta

from msgspec import Struct

from push.database import Document
from push.ids import body
from push.ledger.participants.model import steps_on

LOOK_AGAIN = timedelta(minutes=1)
KEPT_UP = timedelta(minutes=5)
"""What was under way when the person was erased may still write about them for so long."""
ERASED = "(erased)"


class Erasure(Struct, frozen=True, kw_only=True):
    """Who is being erased: known only until nothing is left of them."""

    id: str
    """The person's id."""
    app_id: str
    external_id: str
    device_ids: tuple[str, ...]
    started_at: datetime
    due_at: datetime
    """When it is looked again whether anything is left."""


def nobody(prefix: str) -> str:
    """An id like others, all of it random: not even the moment it was made links two of them."""
    return f"{prefix}_{base64.b32hexencode(os.urandom(15)).decode().lower()}"


def depersonalised(row: Document) -> Document:
    """A ledger row that counts as before and is nobody's: what was reached, and when, stays; to whom, goes.

    Two rows of one person cannot be told to be one person's.
    """
    recipient = nobody("per").partition("_")[2]
    delivery = row["_id"][:29] + recipient
    kept = {name: value for name, value in row.items() if name != "heard"}
    return {**kept, "_id": delivery, "person_id": f"per_{recipient}", "device_id": None}


def saying(person: Document, delivery: str) -> Document:
    """What a row is to say of itself, in the words of an update, once its participant says it no more: `heard` are the
    buckets of its events."""
    steps = steps_on(person["steps"], delivery)
    heard = {"$setUnion": [{"$ifNull": ["$heard", []]}, person.get("heard") or []]}
    return {**{name: {"$ifNull": [f"${name}", at]} for name, at in steps.items()}, "heard": heard}


def nobodys(counted: Document) -> Document:
    """A participant or an outcome that counts as before, and of which no two can be told to be one person's."""
    somebody = nobody("per")
    kept = {name: value for name, value in counted.items() if name not in ("due_at", "steps", "heard")}
    prefix = f"prt_{body(counted['campaign_id'])}" if counted["_id"].startswith("prt_") else "out_"
    return {**kept, "_id": prefix + body(somebody), "person_id": somebody}


def renamed(event: Document, delivery: str, number: int) -> Document:
    """An event under its delivery's new id; the id that the device gave it goes."""
    old = event["_id"].split(":")
    key = ":".join([delivery, event["kind"], *([str(number)] if len(old) > 2 else [])])
    return {**event, "_id": key, "delivery_id": delivery, "event_id": "erased"}


def behind(device_id: str) -> str:
    """Sorts where the device does in a walk over all devices, and does not name it."""
    return device_id[:-8] + "~"


def unnamed(rule: Document, names: dict[str, str]) -> Document:
    """The same rule, and so in all that it is made of, with other names."""
    changed = dict(rule)
    for kind in ("external_ids", "device_ids"):
        if kind in rule:
            changed[kind] = [names.get(each, each) for each in rule[kind]]
    for kind in ("and", "or"):
        if kind in rule:
            changed[kind] = [unnamed(part, names) for part in rule[kind]]
    return changed | ({"not": unnamed(rule["not"], names)} if "not" in rule else {})


def without(campaign: Document, names: dict[str, str]) -> Document:
    """The fields of a campaign to change, so that nobody's name stands in it; `names` maps names to others.

    A message to this person alone was written to them, so its words go as well.
    """
    fields: Document = {}
    for audience in ("audience", "meant"):
        for part, rule in (campaign.get(audience) or {}).items():
            if rule is not None and (renamed_rule := unnamed(rule, names)) != rule:
                fields[f"{audience}.{part}"] = renamed_rule
    include = campaign["audience"]["include"]
    meant = {*include.get("external_ids", ()), *include.get("device_ids", ())}
    if campaign["type"] == "transactional" and meant and meant <= names.keys():
        content = campaign["content"]
        words = {content["default_locale"]: {"title": ERASED, "body": ""}}
        nothing: Document = {"translations": words, "image_url": None, "link": None, "actions": [], "data": {}}
        fields["content"] = {**content, **nothing}
    return fields
