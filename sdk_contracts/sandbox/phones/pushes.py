"""What arrives on a phone, in the shape of its push service, as the payload an SDK works with."""

from collections import OrderedDict

import msgspec
from msgspec import Struct

from sdk_contracts.wire.devices import Platform
from sdk_contracts.wire.inbox import ActionView, PushPayload

MOST_REMEMBERED = 500


class FcmNotification(Struct):
    title: str = ""
    body: str = ""
    image: str | None = None


class FcmContent(Struct):
    data: dict[str, str] = {}
    notification: FcmNotification | None = None


class FcmArrival(Struct):
    message: FcmContent


def read(platform: Platform, body: bytes) -> PushPayload:
    """The payload. Raises msgspec.DecodeError for what an SDK could not read."""
    if platform == "web":
        return msgspec.json.decode(body, type=PushPayload)
    content = msgspec.json.decode(body, type=FcmArrival).message
    data = content.data
    if "delivery_id" not in data or "receipt" not in data:
        raise msgspec.ValidationError("The push carries no delivery_id and receipt.")
    shown = content.notification or FcmNotification()
    return PushPayload(
        delivery_id=data["delivery_id"],
        receipt=data["receipt"],
        title=shown.title,
        body=shown.body,
        image_url=shown.image,
        link=data.get("link"),
        actions=msgspec.json.decode(data.get("actions", "[]"), type=list[ActionView]),
        silent=content.notification is None,
    )


class Seen:
    """The last deliveries a phone got, so that a second copy is dropped."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def first(self, delivery_id: str) -> bool:
        """True the first time."""
        if delivery_id in self._ids:
            return False
        self._ids[delivery_id] = None
        if len(self._ids) > MOST_REMEMBERED:
            self._ids.popitem(last=False)
        return True
