"""An app with people of all kinds, and rules of all kinds about them."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from push.audience.meaning import Facts
from push.audience.rules import Rule
from push.database import to_document
from push.devices.model import Device
from push.devices.store import stored
from push.engine import Engine
from push.ids import new_id
from push.ledger.model import delivery_id
from push.people.doings.model import Named
from push.people.model import Person

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
NAMES = [f"name{number}" for number in range(40)]
CAMPAIGNS = [new_id("cmp") for _ in range(2)]
STEPS = ("received", "opened", "clicked", "converted")
EVENTS = ("purchase", "signup")
CITIES, PLANS, TOPICS = ("York", "Leeds", ""), ("gold", "silver", "gold+"), ("news", "news/sports", "offers")
LOCALES, ZONES, VERSIONS = (
    ("en-GB", "en_US", "zh-CN", None),
    ("Europe/London", "Asia/Tokyo", None),
    ("2.9", "2.10", "3.0-beta", "odd", None),
)


class Crowded(Struct):
    """What is in the database, in memory."""

    app_id: str
    facts: list[tuple[str, Facts]]
    """A person's id and what is so of them, once for each device, and once without for those who have none."""
    device_ids: list[str]


async def crowded(engine: Engine, app_id: str, seed: int) -> Crowded:
    """People with no device, one or several, of whom more or less is known."""
    draw = random.Random(seed)
    people, devices, rows, doings, facts = [], [], [], [], []
    for number in range(80):
        person = Person(
            id=new_id("per"),
            app_id=app_id,
            created_at=NOON,
            external_id=NAMES[number] if number < len(NAMES) else None,
            attributes=_some(draw, city=draw.choice(CITIES), age=draw.choice((7, 7.5, 36)), vip=draw.random() < 0.5,
                             since=_day(draw), odd=draw.choice((1, True, "1"))),
            relations=tuple(draw.sample(("customer", "employee", "family"), draw.choice((0, 0, 1, 2)))),
        )  # fmt: skip
        people.append(person)
        did: dict[tuple[str, str], datetime] = {}
        used = [
            _device(draw, person, number, uninstalled=draw.random() < 0.1) for _ in range(draw.choice((0, 1, 1, 2, 3)))
        ]
        for campaign in CAMPAIGNS:
            for recipient in [*(device.id for device in used), person.id]:
                if draw.random() < 0.4:
                    rows.append(_row(draw, app_id, campaign, recipient, person.id))
                    _note(did, campaign, rows[-1])
        happened = {name: _past(draw) for name in EVENTS if draw.random() < 0.3}
        doings += [Named(person.id, name, at) for name, at in happened.items()]
        doings += [Named(person.id, name, at - timedelta(days=50)) for name, at in happened.items()]
        known = Facts(
            now=NOON, external_id=person.external_id, attributes=person.attributes, relations=person.relations,
            did=did, happened=happened,
        )  # fmt: skip
        devices += used
        here = [device for device in used if device.uninstalled_at is None]
        facts += [(person.id, _of(known, device)) for device in here or (None,)]
    database = engine.database
    documents = [to_document(person) for person in people]
    await database.collection("people").insert_many(
        [{k: v for k, v in each.items() if k != "external_id" or v is not None} for each in documents]
    )
    await database.collection("devices").insert_many([stored(device) for device in devices])
    await database.collection("deliveries").insert_many(rows)
    await database.transaction(lambda session: engine.doings.note(app_id, doings, session))
    return Crowded(app_id=app_id, facts=facts, device_ids=[device.id for device in devices][:20])


def _of(facts: Facts, device: Device | None) -> Facts:
    return replace(facts, device=device)


def _some(draw: random.Random, **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if draw.random() < 0.6}


def _day(draw: random.Random) -> datetime:
    return NOON + timedelta(days=draw.choice((-40, -10, -3, -1, 0, 5)))


def _past(draw: random.Random) -> datetime:
    """What was reported happened before."""
    return min(NOON, _day(draw))


def _device(draw: random.Random, person: Person, number: int, uninstalled: bool) -> Device:
    device_id = new_id("dev")
    return Device(
        id=device_id,
        app_id=person.app_id,
        person_id=person.id,
        external_id=person.external_id,
        installation_id=None if uninstalled else device_id,
        uninstalled_at=NOON if uninstalled else None,
        platform=draw.choice(("android", "ios", "web")),
        created_at=_day(draw),
        last_seen_at=_day(draw),
        locale=draw.choice(LOCALES),
        timezone=draw.choice(ZONES),
        app_version=draw.choice(VERSIONS),
        tags=_some(draw, plan=draw.choice(PLANS), visits=draw.choice((1, 7, 7.5)), beta=draw.random() < 0.5),
        topics=tuple(draw.sample(TOPICS, draw.choice((0, 0, 1, 2)))),
    )


def _row(draw: random.Random, app_id: str, campaign: str, recipient: str, person_id: str) -> dict[str, Any]:
    channel = "push" if recipient.startswith("dev") else "inbox"
    steps = {f"{step}_at": _past(draw) for step in (*STEPS, "displayed") if draw.random() < 0.3}
    return {
        "_id": delivery_id(campaign, channel, recipient),
        "app_id": app_id, "campaign_id": campaign, "channel": channel, "person_id": person_id, "planned_at": NOON,
        **steps,
    }  # fmt: skip


def _note(did: dict[tuple[str, str], datetime], campaign: str, row: dict[str, Any]) -> None:
    """Written here once more: who clicked has opened, and who opened has received."""
    shows = {"received": ("received", "displayed", "opened", "clicked"), "opened": ("opened", "clicked"),
             "clicked": ("clicked",), "converted": ("converted",)}  # fmt: skip
    for step, by in shows.items():
        moments = [row[f"{each}_at"] for each in by if f"{each}_at" in row]
        if moments:
            last = did.get((campaign, step))
            did[campaign, step] = min(moments) if last is None else max(last, min(moments))


pick = st.sampled_from
_SCALARS = pick(("York", "Leeds", "", "gold", "1", 1, 7, 7.5, 36, True, False))
_TIMES = pick(("2026-05-04", "2026-05-01T12:00:00Z", "2026-03-25T13:00:00+01:00"))
_FREE = pick(
    ("person.city", "person.age", "person.vip", "person.odd", "person.none",
     "device.tags.plan", "device.tags.visits", "device.tags.beta", "device.tags.none")
)  # fmt: skip
_ORDER, _EQUAL, _DAYS = pick(("gt", "gte", "lt", "lte")), pick(("eq", "ne")), st.none() | pick((1, 3, 20))
_SEEN = pick(("device.last_seen_at", "device.created_at"))


def _leaf(field: str, op: Any, value: Any) -> Rule:
    return Rule(field=field, op=op, value=value)


_LEAVES = [
    st.builds(_leaf, _FREE, _EQUAL, _SCALARS),
    st.builds(_leaf, _FREE, st.just("in"), st.lists(_SCALARS, min_size=1, max_size=3).map(tuple)),
    st.builds(_leaf, _FREE, _ORDER, pick((1, 7, 7.5, 36))),
    st.builds(_leaf, _FREE, st.just("prefix"), pick(("Y", "gol", "1"))),
    st.builds(_leaf, _FREE, st.just("exists"), st.booleans()),
    st.builds(_leaf, st.just("person.since"), _ORDER | _EQUAL, _TIMES),
    st.builds(_leaf, _SEEN, _ORDER, _TIMES),
    st.builds(_leaf, _SEEN | st.just("person.since"), st.just("within_days"), pick((1, 3, 20, -5, -7))),
    st.builds(_leaf, st.just("person.relation"), _EQUAL, pick(("customer", "family"))),
    st.builds(_leaf, st.just("device.platform"), _EQUAL, pick(("ios", "web"))),
    st.builds(_leaf, st.just("device.platform"), st.just("in"), st.just(("ios", "android"))),
    st.builds(_leaf, st.just("device.locale"), _EQUAL | st.just("prefix"), pick(("en", "EN-us"))),
    st.builds(_leaf, st.just("device.timezone"), st.just("prefix"), st.just("Europe/")),
    st.builds(_leaf, st.just("device.app_version"), _ORDER | _EQUAL, pick(("2.10", "2.9.0", "3"))),
    st.builds(lambda *of: _did("did", *of), pick(CAMPAIGNS), pick(STEPS), _DAYS),
    st.builds(lambda *of: _did("did_not", *of), pick(CAMPAIGNS), pick(STEPS), _DAYS),
    st.builds(lambda name, days: Rule(event=name, did="happened", within_days=days), pick((*EVENTS, "no")), _DAYS),
    st.builds(lambda name, days: Rule(event=name, did_not="happened", within_days=days), pick(EVENTS), _DAYS),
    st.just(Rule(all=True)),
    st.lists(pick((*TOPICS, "news/sports/golf")), min_size=1, max_size=2).map(lambda some: Rule(topics=tuple(some))),
    st.lists(pick((*NAMES, "nobody")), min_size=1, max_size=5).map(lambda some: Rule(external_ids=tuple(some))),
]


def _did(which: str, campaign: str, step: Any, days: int | None) -> Rule:
    return Rule(campaign_id=campaign, within_days=days, **{which: step})


def rules(device_ids: list[str]) -> st.SearchStrategy[Rule]:
    some = st.lists(pick(device_ids), min_size=1, max_size=5).map(lambda ids: Rule(device_ids=tuple(ids)))
    return st.recursive(
        st.one_of(*_LEAVES, some),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Rule(and_=tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Rule(or_=tuple(parts))),
            inner.map(lambda part: Rule(not_=part)),
        ),
        max_leaves=6,
    )
