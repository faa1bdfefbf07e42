"""Nothing crosses apps: every command the engine sends to the database names one (check 48)."""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from pymongo import monitoring

from push.apps.model import Principal
from push.engine import Engine, open_engine
from push.ledger.model import delivery_id
from push.placements.model import Visitor
from push.settings import Settings
from sdk_contracts.sandbox import fcm_stand_in
from sdk_contracts.wire import campaigns as campaign_wire
from sdk_contracts.wire import devices as device_wire
from sdk_contracts.wire.apps import SmtpCredentials
from sdk_contracts.wire.events import Event
from sdk_contracts.wire.people import CategoryPreference, Consent, PersonChange, PreferencesChange
from sdk_contracts.wire.placements import PlacementChange, PlacementRequest
from tests.contract.scenario import PIXEL as PIXEL_TEXT
from tests.fleet import fleet_of, provider_settings, working
from tests.mail import mail_server

PIXEL = b64decode(PIXEL_TEXT)
_ABOUT_DOCUMENTS = {"find", "update", "insert", "delete", "findAndModify", "aggregate", "count", "distinct"}


class Listener(monitoring.CommandListener):
    """Collects commands about documents that do not name an app."""

    def __init__(self) -> None:
        self.database = ""
        self.seen = 0
        self.nameless: list[dict[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.database_name != self.database or event.command_name not in _ABOUT_DOCUMENTS:
            return
        self.seen += 1
        command = dict(event.command)
        if not all("app_id" in part for part in self._parts(event.command_name, command)):
            self.nameless.append(command)

    @staticmethod
    def _parts(name: str, command: dict[str, Any]) -> list[dict[str, Any]]:
        match name:
            case "find":
                return [command["filter"]]
            case "insert":
                return list(command["documents"])
            case "update":
                return [update["q"] for update in command["updates"]]
            case "delete":
                return [delete["q"] for delete in command["deletes"]]
            case "aggregate":
                first = command["pipeline"][0]
                return [] if "$changeStream" in first else [first.get("$match", {})]
            case _:
                return [command["query"]]

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    registered = Listener()
    monitoring.register(registered)
    yield registered
    registered.database = ""


async def _streamed(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _died(engine: Engine, app_id: str, delivery: str) -> None:
    """As it is left by a provider that was away for too long, and by a phone that knows nothing of it."""
    await engine.database.collection("deliveries").update_one(
        {"app_id": app_id, "_id": delivery}, {"$set": {"state": "dead", "end": "dead", "reason": "http_503"}}
    )
    await engine.database.collection("participants").update_many({"app_id": app_id}, {"$unset": {"steps": ""}})


async def test_every_command_to_the_database_names_its_app(listener: Listener, settings: Settings) -> None:
    async with (
        fcm_stand_in() as fcm,
        mail_server() as mail,
        open_engine(replace(provider_settings(settings, fcm), smtp_hosts=frozenset({"localhost"}))) as engine,
        fleet_of(engine, fcm) as fleet,
        working(engine),
    ):
        listener.database = settings.database
        app_id, devices = fleet.app_id, engine.devices
        await engine.apps.identify(fleet.created.secret_key)
        registration = device_wire.DeviceRegistration(
            installation_id="one", platform="android", address=device_wire.FcmToken(token="token"), topics=["news"]
        )
        device, _ = await devices.register(app_id, registration, None)
        await devices.follow(app_id, device.id, "offers")
        person = await devices.log_in(app_id, device.id, device_wire.Login(external_id="ann"))
        await engine.people.change_preferences(
            app_id, person.id, PreferencesChange(categories={"offers": CategoryPreference(push=False)})
        )
        agreed = PreferencesChange(consent=Consent(promotion=True, at=engine.clock.now()))
        await engine.people.change_preferences(app_id, person.id, agreed)
        everybody = campaign_wire.Audience(include=campaign_wire.Rule(all=True))
        await fleet.until(await fleet.launch(audience=everybody, kind="promotion"))
        await engine.audience.estimate(app_id, campaign_wire.EstimateRequest(audience=everybody, kind="promotion"))
        await engine.campaigns.cancel(app_id, (await fleet.campaign()).id)
        fcm.answer("unregistered", times=1)
        for rule in ({"all": True}, {"topics": ["news"]}, {"external_ids": ["ann"]}, {"device_ids": [device.id]}):
            audience = campaign_wire.Audience(include=campaign_wire.Rule(**rule))  # type: ignore[arg-type]
            await engine.audience.estimate(app_id, campaign_wire.EstimateRequest(audience=audience))
            await fleet.until(await fleet.launch(audience=audience, channels=["push", "inbox"]))
        campaigns, _ = await engine.campaigns.page(app_id, 10, None)
        rows, _ = await engine.ledger.recipients(app_id, campaigns[0].id, None, None, 10, None)
        receipt = engine.tokens.receipt(app_id, rows[0].id)
        at = datetime.now(UTC)
        await engine.engagement.record(None, None, [Event(event_id="e", kind="opened", at=at, receipt=receipt)])
        for item in (await engine.inbox.page(await fleet.inbox(device), "all", 10, None)).items:
            await engine.inbox.mark(await fleet.inbox(device), item.id, "read")
        await engine.inbox.read_all(await fleet.inbox(device))
        await engine.overviews.overview(app_id, at, at)
        await engine.device_store.churn.fold(app_id)
        bought = Event(event_id="b", kind="converted", at=at, receipt=receipt, value=1, currency="EUR")
        came = Event(event_id="c", kind="converted", at=at, name="app_open")
        await engine.engagement.record(app_id, device.id, [bought, came])
        assert await engine.attribution.settle(app_id, at + timedelta(hours=1))
        await engine.recounting.repair(app_id, campaigns[0].id)
        await engine.returners.of(campaigns[0])
        await engine.ledger.roll_up(app_id)
        await engine.device_store.churn.days(app_id, at, at)
        assert (await engine.histories.deliveries(app_id, "ann", 10, None))[0]
        assert len(await engine.histories.consents(app_id, "ann")) == 1
        assert (await engine.live_numbers.now(app_id)).queue
        await _died(engine, app_id, rows[0].id)
        owner = Principal(app_id, "secret", "owner", "key_0")
        assert (await engine.redriving.redrive(owner, campaigns[0].id)).redriven == 1
        assert (await engine.audit.page(app_id, 1, None))[0][0].action == "dead_letters.redriven"
        await devices.uninstall(app_id, device.id)
        consent = Consent(promotion=True, at=at)
        change = PersonChange(attributes={"name": "Ann"}, relations=["customer"], consent=consent)
        await engine.upserting.put(app_id, "ann", change)
        assert [part async for part in engine.exporting.export(app_id, person.id, at)]
        row = b'{"external_id": "ann", "devices": [{"installation_id": "two", "platform": "ios"}]}\n'
        assert (await engine.importing.take(owner, "ndjson", "key", _streamed(row))).counts.devices_created == 1
        assert len((await engine.importing.page(app_id, 1, None))[0]) == 1
        placement = await engine.placements.create(
            app_id, PlacementRequest(name="Poster", kind="poster", link="shop://spring", campaign_id=campaigns[0].id)
        )
        code = engine.placements.url(placement, "scan").rpartition("/")[2]
        visitor = Visitor(address="127.0.0.1", user_agent="Mozilla/5.0")
        assert await engine.following.follow(code, visitor) == "shop://spring"
        await engine.placements.change(app_id, placement.id, PlacementChange(place="Gate"))
        shown, _ = await engine.placements.page(app_id, 10, None, campaign_id=campaigns[0].id)
        assert (await engine.placements.numbers(app_id, shown))[placement.id]["scans"] == 1
        assert len(await engine.placements.series(app_id, placement.id, "hour", at, engine.clock.now())) == 1
        await engine.placements.archive(app_id, placement.id)
        await engine.placements.remove(app_id, placement.id)
        image = await engine.media.upload(owner, PIXEL)
        await engine.media.image(image.id)
        assert (await engine.media.page(app_id, 1, None))[0] == [image]
        await engine.media.remove(owner, image.id)
        asked = SmtpCredentials(host="localhost", port=mail.port, security="none", from_address="a@shop.example")
        await engine.mail_servers.set(app_id, asked)
        await engine.upserting.put(app_id, "ann", PersonChange(attributes={"email": "ann@example.org"}))
        ann = campaign_wire.Audience(include=campaign_wire.Rule(external_ids=["ann"]))
        written = await fleet.launch(audience=ann, channels=["email"])
        await fleet.until(written)
        assert len(mail.letters) == 1
        await engine.unsubscribing.unsubscribe(
            engine.tokens.unsubscribe(app_id, delivery_id(written.id, "email", person.id))
        )
        await engine.erasing.erase(owner, "ann")
        await engine.erasing.finish(app_id)
    # The operator's list of tenants, which workers go by, is the one question that is about all of them.
    nameless = [command for command in listener.nameless if command.get("find") != "apps"]
    assert nameless == []
    assert listener.seen > 50
