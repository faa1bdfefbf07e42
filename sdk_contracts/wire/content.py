"""What a message says, before it is made for one person."""

from typing import Annotated, Literal

from msgspec import Meta

from sdk_contracts.wire.common import Key, Link, Locale, LongText, Name, Request, WebAddress

Seconds = Annotated[int, Meta(ge=0, le=28 * 24 * 3600)]
"""FCM keeps a message for at most 28 days, Web Push for at most 30."""
Kind = Literal["promotion", "service", "training"]
Channel = Literal["push", "inbox"]


class Translation(Request, frozen=True, kw_only=True):
    """Texts are Liquid templates."""

    title: Annotated[str, Meta(min_length=1, max_length=1024)]
    body: LongText = ""


class Action(Request, frozen=True, kw_only=True):
    """A button under the notification."""

    id: Key
    label: Name
    link: Link | None = None


class Content(Request, frozen=True, kw_only=True):
    """A missing locale falls back `zh-CN → zh → default`."""

    default_locale: Locale
    translations: Annotated[dict[Locale, Translation], Meta(min_length=1, max_length=100)]
    image_url: WebAddress | None = None
    link: Link | None = None
    actions: Annotated[list[Action], Meta(max_length=3)] = []
    data: Annotated[dict[Key, Annotated[str, Meta(max_length=2048)]], Meta(max_length=50)] = {}
    silent: bool = False
    sound: Name | None = None
    collapse_key: Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+(?!\n)$")] | None = None
    ttl_seconds: Seconds | None = None
    priority: Literal["high", "normal"] = "high"
