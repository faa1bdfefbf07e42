"""The e-mail channel: one letter a person, to whom they may be sent, by the app's own mail server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from push.engine import Engine, open_engine
from push.ledger.model import delivery_id
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.apps import SettingsChange, SmtpCredentials
from sdk_contracts.wire.content import Content, Links, Translation
from sdk_contracts.wire.people import CategoryPreference, Consent, PersonChange
from tests.fleet import Fleet, fleet_of, provider_settings, working
from tests.mail import MailServer, mail_server

AT = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = Content(
    default_locale="en",
    translations={"en": Translation(title="Hello {{ person.first_name }}"), "de": Translation(title="Hallo")},
    link="https://shop.example/",
    links=Links(android="shop://home"),
)


@pytest.fixture(scope="module")
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
async def engine(settings: Settings, fcm: FcmStandIn) -> AsyncIterator[Engine]:
    known = msgspec.structs.replace(provider_settings(settings, fcm), smtp_hosts=frozenset({"localhost"}))
    async with open_engine(known) as running:
        yield running


@pytest.fixture
async def fleet(engine: Engine, fcm: FcmStandIn, mail: MailServer) -> AsyncIterator[Fleet]:
    mail.letters.clear()
    mail.answers.clear()
    async with fleet_of(engine, fcm) as made:
        await serve(made, mail)
        yield made


async def serve(fleet: Fleet, mail: MailServer) -> None:
    asked = SmtpCredentials(
        host="localhost", port=mail.port, security="none", from_address="news@shop.example", sender_name="Shop"
    )
    await fleet.engine.mail_servers.set(fleet.app_id, asked)


async def somebody(fleet: Fleet, name: str, *, phones: int = 1, email: str | None = "", **change: Any) -> None:
    """Known to the backend by their address, and on so many phones."""
    address = f"{name}@example.org" if email == "" else email
    attributes = {"first_name": name.title(), **({"email": address} if address else {})}
    person, *_ = await fleet.engine.upserting.put(fleet.app_id, name, PersonChange(attributes=attributes, **change))
    gate = {"consent": person.preferences.consent is not None}
    for _ in range(phones):
        device = fleet._phone(external_id=name, person_id=person.id, locale="de-AT" if name == "greta" else "en")
        await fleet._put([msgspec.structs.replace(device, gate=msgspec.structs.replace(device.gate, **gate))])


async def counts(fleet: Fleet, campaign: Any) -> tuple[int, dict[str, int], dict[str, int]]:
    told = (await fleet.engine.ledger.funnel(fleet.app_id, campaign.id))["email"]
    assert told.conserved
    return told["accepted"], told.skipped_by_reason, told.failed_by_reason


async def test_a_person_with_two_phones_gets_one_letter_in_their_language(fleet: Fleet, mail: MailServer) -> None:
    await somebody(fleet, "ada", phones=2)
    await somebody(fleet, "greta")
    await somebody(fleet, "nobody", email=None)
    await somebody(fleet, "broken", email="not an address")
    async with working(fleet.engine):
        campaign = await fleet.launch(channels=["push", "inbox", "email"], content=TEXT)
        await fleet.until(campaign)
    assert await counts(fleet, campaign) == (2, {"no_address": 2}, {})
    assert sorted((letter.to[0], str(letter.message["Subject"])) for letter in mail.letters) == [
        ("ada@example.org", "Hello Ada"),
        ("greta@example.org", "Hallo"),
    ]
    [ada] = mail.to("ada@example.org")
    assert ada.sender == "news@shop.example"
    assert "https://shop.example/" in ada.text()
    assert "shop://" not in ada.text("html")
    person = await fleet.engine.people_store.by_external_id(fleet.app_id, "ada")
    assert person is not None
    assert str(ada.message["Message-ID"]).strip() == f"<{delivery_id(campaign.id, 'email', person.id)}@shop.example>"
    assert ada.message["List-Unsubscribe"] is None, "nobody asked for it by category, and it promotes nothing"
    assert (await fleet.engine.ledger.funnel(fleet.app_id, campaign.id))["push"]["accepted"] == 5
    people = await fleet.engine.ledger.people(fleet.app_id, campaign.id, campaign.channels, planned=True)
    assert people["targeted"] == 4


async def test_who_is_named_and_has_no_phone_gets_a_letter(fleet: Fleet, mail: MailServer) -> None:
    await somebody(fleet, "ada", phones=0)
    async with working(fleet.engine):
        audience = wire.Audience(include=wire.Rule(external_ids=["ada"]))
        campaign = await fleet.launch(channels=["email"], content=TEXT, audience=audience)
        await fleet.until(campaign)
    assert await counts(fleet, campaign) == (1, {}, {})
    assert [letter.to for letter in mail.letters] == [["ada@example.org"]]


async def test_promotion_asks_for_consent_and_heeds_what_is_muted(fleet: Fleet, mail: MailServer) -> None:
    agreed = Consent(promotion=True, at=AT)
    await somebody(fleet, "ada", consent=agreed)
    await somebody(fleet, "bob")
    await somebody(fleet, "cid", consent=agreed, categories={"news": CategoryPreference(email=False)})
    limits = wire.Limits(ignore_quiet_hours=True)
    async with working(fleet.engine):
        campaign = await fleet.launch(
            channels=["email"], content=TEXT, kind="promotion", category="news", limits=limits
        )
        await fleet.until(campaign)
        assert await counts(fleet, campaign) == (1, {"no_consent": 1, "category_muted": 1}, {})
        [letter] = mail.letters
        assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        url = str(letter.message["List-Unsubscribe"]).strip("<>")
        assert url.startswith(f"{fleet.engine.settings.public_url}/unsubscribe/ffu_")
        await fleet.engine.unsubscribing.unsubscribe(url.rpartition("/")[2])
        again = await fleet.launch(channels=["email"], content=TEXT, kind="promotion", category="news", limits=limits)
        await fleet.until(again)
        assert await counts(fleet, again) == (0, {"no_consent": 1, "category_muted": 2}, {})


async def test_quiet_hours_and_caps_hold_for_letters(fleet: Fleet, mail: MailServer) -> None:
    await somebody(fleet, "ada", consent=Consent(promotion=True, at=AT))
    now = fleet.engine.clock.now()
    hours = {"from": f"{now - timedelta(hours=1):%H:%M}", "to": f"{now + timedelta(hours=2):%H:%M}"}
    change = {"quiet_hours": hours, "promotions_per_day": 1, "timezone": "UTC"}
    await fleet.engine.apps.change(fleet.app_id, msgspec.convert(change, SettingsChange))
    async with working(fleet.engine):
        waits = await fleet.launch(channels=["email"], content=TEXT, kind="promotion")
        first = await fleet.launch(
            channels=["email"], content=TEXT, kind="promotion", limits=wire.Limits(ignore_quiet_hours=True)
        )
        await fleet.until(first)
        second = await fleet.launch(
            channels=["email"], content=TEXT, kind="promotion", limits=wire.Limits(ignore_quiet_hours=True)
        )
        await fleet.until(second)
    assert await counts(fleet, first) == (1, {}, {})
    assert await counts(fleet, second) == (0, {"frequency_capped": 1}, {})
    held = (await fleet.engine.ledger.funnel(fleet.app_id, waits.id))["email"]
    assert (held["planned"], held["accepted"]) == (1, 0)
    rows, _ = await fleet.engine.ledger.recipients(fleet.app_id, waits.id, None, None, 10, None)
    assert rows[0].not_before is not None
    assert len(mail.letters) == 1


async def test_each_answer_ends_its_own_letter_and_what_may_pass_later_does(
    fleet: Fleet, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("push.delivery.sending.delay_seconds", lambda *_: 0.1)
    for name in ("ada", "gone", "full", "busy"):
        await somebody(fleet, name)
    mail.answers = {
        "gone@example.org": "550 5.1.1 No such user",
        "full@example.org": "552 5.2.2 Over quota",
        "busy@example.org": "451 4.3.0 Later",
    }
    async with working(fleet.engine):
        campaign = await fleet.launch(channels=["email"], content=TEXT)
        while len(mail.letters) < 1:
            await asyncio.sleep(0.05)
        del mail.answers["busy@example.org"]
        await fleet.until(campaign)
    assert await counts(fleet, campaign) == (2, {}, {"address_gone": 1, "mailbox_full": 1})
    assert sorted(letter.to[0] for letter in mail.letters) == ["ada@example.org", "busy@example.org"]
    assert (await fleet.engine.ledger.funnel(fleet.app_id, campaign.id))["email"]["planned"] == 0


async def test_many_letters_arrive_once_each(fleet: Fleet, mail: MailServer) -> None:
    devices = await fleet.phones(130)
    people = fleet.engine.database.collection("people")
    for number, device in enumerate(devices):
        await people.update_one(
            {"app_id": fleet.app_id, "_id": device.person_id},
            {"$set": {"attributes": {"email": f"p{number}@example.org"}}},
        )
    async with working(fleet.engine), working(fleet.engine):
        campaign = await fleet.launch(channels=["email"], content=TEXT)
        await fleet.until(campaign, seconds=60)
    assert await counts(fleet, campaign) == (130, {}, {})
    assert sorted(letter.to[0] for letter in mail.letters) == sorted(f"p{number}@example.org" for number in range(130))


async def test_without_a_mail_server_letters_wait_and_pushes_go(engine: Engine, fcm: FcmStandIn) -> None:
    async with fleet_of(engine, fcm) as fleet, working(engine):
        await somebody(fleet, "ada")
        campaign = await fleet.launch(channels=["push", "email"], content=TEXT)
        told = await fleet.settled(campaign)
        assert told["accepted"] == 1
        waiting = (await engine.ledger.funnel(fleet.app_id, campaign.id))["email"]
        assert (waiting["planned"], waiting["accepted"]) == (1, 0)
        await engine.campaigns.cancel(fleet.app_id, campaign.id)
        await fleet.settled(campaign, "email")


async def test_the_third_step_is_a_letter_to_who_opened_nothing(fleet: Fleet, mail: MailServer) -> None:
    """Push, then inbox and letter: a second step goes to any channels."""
    await somebody(fleet, "ada")
    step = wire.FollowUp(after_seconds=60, channels=["inbox", "email"], highlight=True)
    first = await fleet.launch(content=TEXT, follow_up=step)
    async with working(fleet.engine):
        await fleet.until(first)
        due = fleet.engine.clock.now() - timedelta(seconds=1)
        await fleet.engine.database.collection("campaigns").update_one(
            {"app_id": fleet.app_id, "_id": first.id}, {"$set": {"due_at": due}}
        )
        while not mail.letters:
            await asyncio.sleep(0.05)
    assert [letter.to for letter in mail.letters] == [["ada@example.org"]]


async def test_who_became_a_known_person_meanwhile_gets_one_letter(
    engine: Engine, fcm: FcmStandIn, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rows were planned, of a phone that was nobody's and of the person who then logged in on it."""
    monkeypatch.setattr("push.delivery.sending.delay_seconds", lambda *_: 0.3)
    monkeypatch.setattr("push.delivery.clients.DOWN_SECONDS", 0.1)
    mail.letters.clear()
    async with fleet_of(engine, fcm) as fleet, working(engine):
        await somebody(fleet, "ada")
        [phone] = await fleet.phones(1)
        await engine.database.collection("people").update_one(
            {"app_id": fleet.app_id, "_id": phone.person_id}, {"$set": {"attributes": {"email": "later@example.org"}}}
        )
        campaign = await fleet.launch(channels=["email"], content=TEXT)
        async with asyncio.timeout(30):
            while not (await engine.campaigns.get(fleet.app_id, campaign.id)).planned:
                await asyncio.sleep(0.05)
        ada = await engine.people_store.by_external_id(fleet.app_id, "ada")
        assert ada is not None
        await engine.database.transaction(
            lambda session: engine.ledger.store.move_person(fleet.app_id, phone.person_id, ada.id, session)
        )
        await serve(fleet, mail)
        await fleet.until(campaign)
        assert await counts(fleet, campaign) == (1, {"duplicate_person": 1}, {})
        assert [letter.to for letter in mail.letters] == [["ada@example.org"]]
