"""What a campaign really sent to browsers, read by http_ece, which is not ours."""

from collections import Counter

import http_ece
import msgspec
import pytest

from push.devices.model import WebPush
from sdk_contracts.sandbox import WebPushStandIn
from sdk_contracts.sandbox.behaviour import Behaviour
from sdk_contracts.sandbox.web_push.subscriptions import Subscription
from sdk_contracts.wire.content import Action, Content, Translation
from sdk_contracts.wire.inbox import PushPayload
from tests.fleet import Fleet

pytestmark = pytest.mark.usefixtures("worker")

BROWSERS = 40
"""More than a thread encrypts: the processes have their part."""
LONG = "你好 " * 300
CONTENT = Content(
    default_locale="en",
    translations={
        "en": Translation(title="Grüße, {{ person.external_id }}", body='"Quoted" \\ and <b>marked</b>'),
        "zh": Translation(title="{{ person.external_id }}", body=LONG),
    },
    link="https://shop.example/?a=1&b=2",
    actions=[Action(id="buy", label="Buy", link="https://shop.example/buy")],
    data={"sku": "1"},
)


def read(subscription: Subscription, body: bytes) -> PushPayload:
    keys = subscription.keys
    plain = http_ece.decrypt(body, private_key=keys.private, auth_secret=keys.auth, version="aes128gcm")
    return msgspec.json.decode(plain, type=PushPayload)


async def test_every_browser_decrypts_what_was_composed_for_it(fleet: Fleet, web_push: WebPushStandIn) -> None:
    web_push.switchboard.set(Behaviour(decrypt=False))
    browsers = {}
    for number in range(BROWSERS):
        locale = "zh-CN" if number % 2 else "de"
        subscription = web_push.subscription()
        address = msgspec.convert(subscription.address, WebPush)
        who = {"external_id": f"ann-{number}", "locale": locale}
        [device] = await fleet.phones(1, platform="web", address=address, **who)
        browsers[subscription.token] = (device, subscription)

    for campaign in (await fleet.launch(content=CONTENT), await fleet.launch(content=CONTENT)):
        await fleet.until(campaign)
    assert Counter(message.address for message in web_push.messages) == dict.fromkeys(browsers, 2)
    for message in web_push.messages:
        device, subscription = browsers[message.address]
        payload = read(subscription, message.body)
        name = device.external_id
        words = (name, LONG) if device.locale == "zh-CN" else (f"Grüße, {name}", '"Quoted" \\ and <b>marked</b>')
        assert (payload.title, payload.body) == words
        assert payload.link == CONTENT.link
        assert payload.data == CONTENT.data
        assert payload.actions is not None
        assert [(each.id, each.link) for each in payload.actions] == [("buy", "https://shop.example/buy")]
        assert fleet.engine.tokens.read_receipt(payload.receipt) == (fleet.app_id, payload.delivery_id)
        assert payload.delivery_id.endswith(device.id.removeprefix("dev_"))
