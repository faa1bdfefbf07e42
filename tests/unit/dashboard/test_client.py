"""The client against a real HTTP server on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dashboard.client import ApiAway, Client, KeyRefused, Refused, connect
from sdk_contracts.wire.audience import Audience, Rule
from sdk_contracts.wire.campaigns import CampaignChange, CampaignDraft, EstimateRequest
from sdk_contracts.wire.content import Content, Translation
from tests.unit.dashboard.tiny_api import CAMPAIGN, TinyApi

ME = {"app_id": "app_1", "app_name": "Shop", "role": "owner"}
DRAFT = CampaignDraft(
    name="Spring",
    kind="service",
    content=Content(default_locale="en", translations={"en": Translation(title="Hi")}),
    audience=Audience(include=Rule(all=True)),
    channels=["push"],
)


@pytest.fixture
def client(api: TinyApi) -> Iterator[Client]:
    with connect(api.url) as http:
        yield Client(http, "ffs_secret")


def test_the_key_goes_with_every_call(api: TinyApi, client: Client) -> None:
    api.answer("GET /v1/me", 200, ME)
    assert client.me().role == "owner"
    assert api.asked[0].headers["authorization"] == "Bearer ffs_secret"


def test_an_answer_that_has_grown_is_still_understood(api: TinyApi, client: Client) -> None:
    api.answer("GET /v1/me", 200, {**ME, "plan": "gold"})
    assert client.me().app_name == "Shop"


def test_a_list_is_asked_for_page_by_page(api: TinyApi, client: Client) -> None:
    api.answer("GET /v1/campaigns", 200, {"items": [CAMPAIGN], "next_cursor": "abc"})
    page = client.campaigns(limit=5, cursor="a b&c")
    assert [item.id for item in page.items] == ["cmp_1"]
    assert page.next_cursor == "abc"
    assert api.asked[0].path == "/v1/campaigns?limit=5&cursor=a+b%26c"


def test_times_are_sent_in_utc(api: TinyApi, client: Client) -> None:
    with pytest.raises(Refused):
        client.overview(datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC))
    assert api.asked[0].path == "/v1/metrics/overview?from=2026-03-04T00%3A00%3A00Z&to=2026-03-05T00%3A00%3A00Z"


def test_creating_and_launching_carry_a_key_that_makes_them_happen_once(api: TinyApi, client: Client) -> None:
    api.answer("POST /v1/campaigns", 201, CAMPAIGN)
    api.answer("POST /v1/campaigns/cmp_1/launch", 200, CAMPAIGN)
    assert client.create(DRAFT, "form-1").id == "cmp_1"
    client.launch("cmp_1")
    client.launch("cmp_1")
    keys = [asked.headers["idempotency-key"] for asked in api.asked]
    assert keys == ["form-1", "launch-cmp_1", "launch-cmp_1"]
    assert api.asked[0].body["audience"] == {"include": {"all": True}}


def test_a_change_sends_only_what_changes(api: TinyApi, client: Client) -> None:
    api.answer("PATCH /v1/campaigns/cmp_1", 200, CAMPAIGN)
    client.change("cmp_1", CampaignChange(name="Spring"))
    assert api.asked[0].body == {"name": "Spring"}


def test_an_id_from_the_address_bar_cannot_leave_its_place_in_the_path(api: TinyApi, client: Client) -> None:
    with pytest.raises(Refused):
        client.campaign("../../v1/keys?x")
    assert api.asked[0].path == "/v1/campaigns/..%2F..%2Fv1%2Fkeys%3Fx"


def test_an_empty_answer_to_a_delete_is_enough(api: TinyApi, client: Client) -> None:
    api.answer("DELETE /v1/campaigns/cmp_1", 204)
    client.delete("cmp_1")


def test_a_refusal_carries_its_problem(api: TinyApi, client: Client) -> None:
    api.answer(
        "POST /v1/audience/estimate",
        400,
        {
            "type": "about:blank",
            "title": "Bad input",
            "status": 400,
            "errors": [{"pointer": "/audience", "detail": "is missing"}],
        },
    )
    with pytest.raises(Refused) as refused:
        client.estimate(EstimateRequest(audience=Audience(include=Rule(all=True))))
    assert refused.value.problem.errors[0].pointer == "/audience"


def test_a_bad_key_is_told_apart_from_a_role_that_may_not(api: TinyApi, client: Client) -> None:
    api.problem("GET /v1/me", 401, "Unauthenticated")
    api.problem("GET /v1/settings", 403, "Forbidden")
    with pytest.raises(KeyRefused):
        client.me()
    with pytest.raises(Refused) as refused:
        client.settings()
    assert not isinstance(refused.value, KeyRefused)
    assert refused.value.problem.status == 403


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_api_that_cannot_answer_now_is_away(api: TinyApi, client: Client, status: int) -> None:
    api.problem("GET /v1/me", status, "Later", "The database is away.", Retry_After="7")
    with pytest.raises(ApiAway, match=r"The database is away\.") as away:
        client.me()
    assert away.value.retry_after == 7


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"", b'{"app_id": 5}'])
def test_an_answer_that_is_not_our_api_is_away(api: TinyApi, client: Client, body: bytes) -> None:
    api.answer("GET /v1/me", 200, body)
    with pytest.raises(ApiAway):
        client.me()


def test_a_redirect_is_not_followed_with_the_key(api: TinyApi, client: Client) -> None:
    api.answer("GET /v1/me", 302, b"", Location=f"{api.url}/elsewhere")
    with pytest.raises(ApiAway):
        client.me()
    assert [asked.path for asked in api.asked] == ["/v1/me"]


def test_a_refusal_without_a_problem_document_is_still_a_refusal(api: TinyApi, client: Client) -> None:
    api.answer("GET /v1/me", 404, b"nothing here")
    with pytest.raises(Refused) as refused:
        client.me()
    assert refused.value.problem.status == 404


def test_nobody_listening_is_away(nowhere: str) -> None:
    with connect(nowhere) as http, pytest.raises(ApiAway):
        Client(http, "ffs_secret").me()


def test_an_image_is_uploaded_as_it_is_and_the_same_one_is_the_same(api: TinyApi, client: Client) -> None:
    at = "2026-03-05T12:00:00Z"
    kept = {
        "media_id": "med_1", "url": "http://push.example/media/med_1", "type": "image/png", "bytes": 3,
        "width": 1, "height": 1, "created_at": at,
    }  # fmt: skip
    api.answer("POST /v1/media", 201, kept)
    assert client.upload(b'"x"', "image/png").url == kept["url"]
    client.upload(b'"x"', "image/png")
    first, second = api.asked
    assert first.headers["content-type"] == "image/png"
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == "x"
