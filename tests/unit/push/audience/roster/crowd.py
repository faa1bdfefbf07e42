"""Random people, their devices and rules about them; few values each, so that rules meet some and not others.

Drawn by Python's `random` and not by hypothesis, which takes a hundred times as long for a crowd.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from msgspec import Struct

from push.apps.model import App, QuietHours
from push.audience.meaning import Facts
from push.audience.rules import Audience, Rule
from push.database import Document, to_document
from push.devices.model import LAPSES_AFTER, Device, FcmToken, WebPush
from push.people.model import CategoryPreference, Consent, Gate, Person, Preferences, gate_of
from sdk_contracts.wire.audience import Audience as AudienceContract
from sdk_contracts.wire.audience import Rule as RuleContract
from sdk_contracts.wire.campaigns import EstimateRequest, Limits

NOW = datetime(2035, 5, 7, 22, 30, tzinfo=UTC)
TOKEN, BROWSER = FcmToken(token="t"), WebPush(endpoint="https://a", p256dh="p", auth="a")
TOPICS = ["news", "news/sports", "news/sports/ice", "club", "newspaper"]
VERSIONS = ["2.9", "2.10", "2.10.0", "v3", "beta", "2.10-rc.1"]
LOCALES = ["en", "en-GB", "en_gb", "de", "zh-CN"]
ZONES = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Bad/Zone"]
MOMENTS = [NOW - timedelta(days=days) for days in (0, 1, 6, 7, 30, 400)]
VALUES: list[Any] = ["gold", "go", "", True, False, 0, 1, 1.0, 2.5, -3, 10**9]
ATTRIBUTES: dict[str, list[Any]] = {
    "city": ["Bern", "Berlin", "Ulm"],
    "email": ["ada@shop.example", "nonsense"],
    "age": [17, 18, 18.5, 65],
    "vip": [True, False],
    "joined": [*MOMENTS, NOW + timedelta(days=3)],
}
MUTED = [(), (), ("push:offers",), ("push:offers", "inbox:offers"), ("inbox:news", "email:offers")]
QUIET = [None, None, QuietHours(from_="22:00", to="07:00"), QuietHours(from_="00:00", to="00:00")]
AGES = [timedelta(0), LAPSES_AFTER - timedelta(milliseconds=1), LAPSES_AFTER, LAPSES_AFTER + timedelta(days=9)]
APP = App(id="app_1", name="A", created_at=NOW, vapid_public_key="", vapid_subject="", timezone="Europe/Paris")
_FIELDS: dict[str, list[Any]] = {
    **{f"person.{name}": values for name, values in ATTRIBUTES.items()},
    "person.relation": ["customer", "family"],
    "person.unknown": ["x"],
    "device.platform": ["android", "web"],
    "device.locale": LOCALES,
    "device.timezone": ZONES,
    "device.app_version": VERSIONS,
    "device.tags.plan": VALUES,
    "device.tags.score": VALUES,
    "device.tags.none": VALUES,
    "device.created_at": MOMENTS,
    "device.last_seen_at": MOMENTS,
}
_OPS = ["eq", "ne", "in", "gt", "gte", "lt", "lte", "exists", "prefix", "within_days"]


class Crowd(Struct, frozen=True):
    """Who is there, by id, and what they did."""

    people: dict[str, Person]
    devices: dict[str, Device]
    did: dict[str, dict[tuple[str, str], datetime]] = {}
    happened: dict[str, dict[str, datetime]] = {}

    def facts(self, person: Person, device: Device | None) -> Facts:
        return Facts(
            now=NOW,
            device=device,
            external_id=person.external_id,
            attributes=person.attributes,
            relations=person.relations,
            did=self.did.get(person.id, {}),
            happened=self.happened.get(person.id, {}),
        )


def a_crowd(chance: Random) -> Crowd:
    people: dict[str, Person] = {}
    devices: dict[str, Device] = {}
    for number in range(chance.randrange(1, 9)):
        person = a_person(chance, number)
        gate = (
            gate_of(person.preferences)
            if chance.random() < 0.5
            else Gate(consent=chance.random() < 0.6, muted=chance.choice(MUTED), quiet_hours=chance.choice(QUIET))
        )
        people[person.id] = person
        for at in range(chance.randrange(4)):
            device = a_device(chance, number * 10 + at, person, gate)
            devices[device.id] = device
    did = {each: {("cmp_1", "opened"): chance.choice(MOMENTS)} for each in people if chance.random() < 0.5}
    happened = {each: {"bought": chance.choice(MOMENTS)} for each in people if chance.random() < 0.5}
    return Crowd(people, devices, did, happened)


def a_person(chance: Random, number: int) -> Person:
    relations = ["customer", "employee", "family"]
    return Person(
        id=f"per_{number}",
        app_id=APP.id,
        created_at=NOW,
        external_id=f"customer-{number}" if chance.random() < 0.5 else None,
        attributes={name: chance.choice(each) for name, each in ATTRIBUTES.items() if chance.random() < 0.6},
        preferences=Preferences(
            categories={"offers": CategoryPreference(push=True, inbox=False)} if chance.random() < 0.4 else {},
            consent=Consent(promotion=chance.random() < 0.7, at=NOW) if chance.random() < 0.7 else None,
            quiet_hours=chance.choice(QUIET),
        ),
        relations=tuple(chance.sample(relations, chance.randrange(3))),  # type: ignore[arg-type]
    )


def a_device(chance: Random, number: int, person: Person, gate: Gate) -> Device:
    some, address = chance.choice, chance.choice([None, TOKEN, TOKEN, BROWSER])
    return Device(
        id=f"dev_{number}", app_id=APP.id, person_id=person.id, external_id=person.external_id, gate=gate,
        platform=some(["android", "ios", "web"]), address=address,
        confirmed_at=None if address is None else some([None, *(NOW - age for age in AGES)]),
        address_gone_at=some([None, NOW]), opted_in=chance.random() < 0.8,
        created_at=some(MOMENTS), last_seen_at=some(MOMENTS), locale=some([None, *LOCALES]),
        timezone=some([None, *ZONES]), app_version=some([None, *VERSIONS]),
        tags={name: some(VALUES) for name in ("plan", "score", "beta") if chance.random() < 0.5},
        topics=tuple(chance.sample(TOPICS, chance.randrange(4))),
        uninstalled_at=NOW if chance.random() < 0.1 else None,
    )  # fmt: skip


def an_audience(chance: Random) -> Audience:
    return Audience(include=a_rule(chance), exclude=a_rule(chance) if chance.random() < 0.4 else None)


def a_rule(chance: Random, depth: int = 0) -> Rule:
    if depth < 3 and chance.random() < 0.45:
        parts = tuple(a_rule(chance, depth + 1) for _ in range(chance.randrange(1, 4)))
        return chance.choice([Rule(and_=parts), Rule(or_=parts), Rule(not_=parts[0])])
    if chance.random() < 0.65:
        return _leaf(chance)
    names = [f"customer-{number}" for number in chance.sample(range(9), 3)]
    ids = [f"dev_{number}" for number in chance.sample(range(90), 20)]
    topics = tuple(chance.sample([*TOPICS, "club/chess", "elsewhere"], 2))
    days = chance.choice([None, 7])
    return chance.choice(
        [
            Rule(campaign_id="cmp_1", did="opened", within_days=days),
            Rule(event="bought", did_not="happened"),
            Rule(all=True),
            Rule(topics=topics),
            Rule(external_ids=tuple(names)),
            Rule(device_ids=tuple(ids)),
        ]
    )


def _leaf(chance: Random) -> Rule:
    field, op = chance.choice(list(_FIELDS)), chance.choice(_OPS)
    values = [_written(each) for each in _FIELDS[field]] + ["2035-05-01", "2035-05-07T22:30:00Z", "nonsense"]
    value: Any = chance.choice(values)
    if op == "exists":
        value = chance.random() < 0.5
    elif op == "within_days":
        value = chance.choice([1, 7, 30, -7])
    elif op == "in":
        value = tuple(chance.sample(values, chance.randrange(1, 4)))
    elif op == "prefix":
        value = chance.choice(["go", "Ber", "en", "2"])
    return Rule(field=field, op=op, value=value)  # type: ignore[arg-type]


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def a_request(chance: Random) -> EstimateRequest:
    return EstimateRequest(
        audience=AudienceContract(include=RuleContract(all=True)),
        kind=chance.choice(["promotion", "promotion", "training", "service"]),  # type: ignore[arg-type]
        category=chance.choice([None, "offers"]),
        channels=chance.choice([["push", "inbox"], ["push"], ["inbox"], ["inbox", "email"], ["push", "email"]]),  # type: ignore[arg-type]
        limits=Limits(
            ignore_quiet_hours=chance.random() < 0.3,
            expires_at=NOW + timedelta(hours=8) if chance.random() < 0.3 else None,
        ),
    )


def capped(chance: Random) -> set[str]:
    return {f"per_{number}" for number in range(9) if chance.random() < 0.3}


def stored(struct: Device | Person) -> Document:
    """As it is read from the database by the thousand."""
    document = to_document(struct)
    document["attributes"] = {name: _plain(value) for name, value in document.get("attributes", {}).items()}
    return {name: _plain(value) for name, value in document.items()}


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
