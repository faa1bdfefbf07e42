"""What was typed becomes a draft, or a list of what is missing."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from dashboard import words
from dashboard.draft import Aim, Sheet, names_in, sheet_of
from sdk_contracts.wire.audience import Audience, Rule
from sdk_contracts.wire.campaigns import Campaign, CampaignDraft, EstimateRequest, Limits
from sdk_contracts.wire.content import Action, Content, Translation
from tests.unit.dashboard.tiny_api import CAMPAIGN

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
GOOD = Sheet(name="Spring", texts={"en": ("Hello", "World")})


def with_(**changes: object) -> Sheet:
    return msgspec.structs.replace(GOOD, **changes)


def needs(sheet: Sheet) -> list[str]:
    found = sheet.needs(NOW)
    assert all(words.say("en", need.key, **need.values) for need in found)
    return [need.key for need in found]


def test_a_name_and_a_title_are_enough() -> None:
    assert needs(GOOD) == []
    draft = GOOD.draft()
    assert draft.audience == Audience(include=Rule(all=True))
    assert draft.channels == ["push", "inbox"]


def test_an_empty_form_says_everything_that_is_missing() -> None:
    assert needs(Sheet(texts={"en": (" ", "")}, channels=())) == ["need.name", "need.title", "need.channels"]


@pytest.mark.parametrize(
    ("sheet", "missing"),
    [
        (with_(name="a\x07b"), "need.name_shape"),
        (with_(texts={"en": ("Hi", ""), "zh-CN": ("", "x")}), "need.title"),
        (with_(texts={"en": ("t" * 1025, "")}), "need.too_long"),
        (with_(link="example.com"), "need.link"),
        (with_(image_url="ftp://example.com/a.png"), "need.image"),
        (with_(category="two words"), "need.category"),
        (with_(limits=Limits(expires_at=NOW - timedelta(minutes=1))), "need.expires"),
        (with_(include=Aim("topics")), "need.include"),
        (with_(include=Aim("topics", ("news//sports",))), "need.bad_topic"),
        (with_(include=Aim("external_ids", ("a b",))), "need.bad_id"),
        (with_(exclude=Aim("device_ids", tuple(f"dev_{n}" for n in range(10_001)))), "need.too_many"),
    ],
)
def test_what_the_api_would_refuse_is_named_before_it_is_asked(sheet: Sheet, missing: str) -> None:
    assert needs(sheet) == [missing]


@pytest.mark.parametrize(
    "sheet",
    [
        GOOD,
        with_(include=Aim("topics", ("news/sports", "offers")), exclude=Aim("external_ids", ("ada@example.com",))),
        with_(
            texts={"en": ("Hi", "there"), "zh-CN": ("你好", "")},
            link="shop://spring",
            image_url="https://example.com/spring.png",
            category="offers",
            kind="promotion",
            channels=("inbox",),
            limits=Limits(expires_at=NOW + timedelta(days=1), ignore_quiet_hours=True, ignore_frequency_cap=True),
        ),
    ],
)
def test_a_form_with_nothing_missing_passes_the_wires_own_rules(sheet: Sheet) -> None:
    assert needs(sheet) == []
    again = msgspec.json.decode(msgspec.json.encode(sheet.draft()), type=CampaignDraft)
    assert again == sheet.draft()
    assert msgspec.json.decode(msgspec.json.encode(sheet.estimate()), type=EstimateRequest) == sheet.estimate()


def test_an_audience_that_is_not_one_yet_is_not_estimated() -> None:
    assert with_(include=Aim("topics")).estimate() is None
    assert with_(channels=()).estimate() is None


def test_ids_are_read_from_lines_commas_and_spaces_each_once() -> None:
    assert names_in("ada, bob\n ada；eve  ") == ("ada", "bob", "eve")
    assert names_in("") == ()


def test_editing_a_draft_keeps_what_the_form_does_not_show() -> None:
    content = Content(
        default_locale="en",
        translations={"en": Translation(title="Hi", body="x")},
        actions=[Action(id="look", label="Look")],
        data={"page": "spring"},
        ttl_seconds=60,
        priority="normal",
    )
    campaign = msgspec.structs.replace(
        msgspec.convert(CAMPAIGN, Campaign),
        name="Spring",
        kind="promotion",
        category="offers",
        content=content,
        audience=Audience(include=Rule(topics=["news"]), exclude=Rule(external_ids=["ada"])),
        channels=["push"],
        tags=["spring", "food"],
        limits=Limits(per_minute=600, expires_at=NOW, ignore_quiet_hours=True),
    )
    draft = sheet_of(campaign).draft()
    assert draft.content == content
    assert (draft.name, draft.kind, draft.category) == ("Spring", "promotion", "offers")
    assert draft.audience == campaign.audience
    assert draft.limits == campaign.limits
    assert draft.channels == ["push"]
    assert draft.tags == ["spring", "food"]


def test_saving_a_draft_takes_nothing_away_that_the_form_does_not_show() -> None:
    shown = {
        "name", "kind", "category", "content", "audience", "channels", "limits", "tags",
        "schedule", "experiment", "follow_up", "conversion",
    }  # fmt: skip
    assert msgspec.to_builtins(GOOD.change()).keys() == shown


def test_an_audience_the_form_cannot_show_stays_as_it_was() -> None:
    written = Rule()
    campaign = msgspec.structs.replace(msgspec.convert(CAMPAIGN, Campaign), audience=Audience(include=written))
    assert sheet_of(campaign).change().audience == Audience(include=written)
