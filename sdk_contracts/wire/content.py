"""What a message says, before it is made for one person."""

from typing import Annotated, Literal

from msgspec import Meta

from sdk_contracts.wire.common import Key, Link, Locale, LongText, Name, Request, Text, WebAddress

Seconds = Annotated[int, Meta(ge=0, le=28 * 24 * 3600)]
"""FCM keeps a message for at most 28 days, Web Push for at most 30."""
Kind = Literal["promotion", "service", "training"]
Channel = Literal["push", "inbox", "email"]


class Translation(Request, frozen=True, kw_only=True):
    """Texts are Liquid templates."""

    title: Annotated[str, Meta(min_length=1, max_length=1024)]
    body: LongText = ""
    subtitle: Text = ""
    """Shown between the two on iOS, and nowhere else."""


class Links(Request, frozen=True, kw_only=True):
    """Where it leads on one platform, or in an inbox, in place of `link`. A letter leads where browsers are led."""

    android: Link | None = None
    ios: Link | None = None
    web: WebAddress | None = None
    inbox: Link | None = None


class OnAndroid(Request, frozen=True, kw_only=True):
    """How Android shows it. What is left out is as the app has it."""

    channel_id: Name | None = None
    """Of a notification channel that the app made."""
    icon: Annotated[str, Meta(max_length=64, pattern=r"^[a-z][a-z0-9_]*(?!\n)$")] | None = None
    """The name of a drawable of the app's."""
    color: Annotated[str, Meta(pattern=r"^#[0-9A-Fa-f]{6}(?!\n)$")] | None = None
    visibility: Literal["private", "public", "secret"] | None = None
    """On a locked screen."""
    image_url: WebAddress | None = None
    """In place of the message's."""


class OnIos(Request, frozen=True, kw_only=True):
    """How iOS shows it. What is left out is as iOS has it."""

    thread_id: Name | None = None
    """What is shown in one group."""
    category: Name | None = None
    """Of a notification category that the app made: which buttons there are."""
    interruption_level: Literal["passive", "active", "time-sensitive"] | None = None
    relevance_score: Annotated[float, Meta(ge=0, le=1)] | None = None
    mutable_content: bool = True
    """The app may change it before it is shown; an image is shown only so."""
    image_url: WebAddress | None = None
    """In place of the message's."""


class OnWeb(Request, frozen=True, kw_only=True):
    """How browsers show it. What is left out is as the site has it."""

    icon_url: WebAddress | None = None
    badge_url: WebAddress | None = None
    """A picture in one colour, for the status bar."""
    require_interaction: bool = False
    """It stays until the person does something with it."""
    image_url: WebAddress | None = None
    """In place of the message's."""


class Action(Request, frozen=True, kw_only=True):
    """A button under the notification."""

    id: Key
    label: Name
    link: Link | None = None
    links: Links | None = None


class Content(Request, frozen=True, kw_only=True):
    """A missing locale falls back `zh-CN → zh → default`."""

    default_locale: Locale
    translations: Annotated[dict[Locale, Translation], Meta(min_length=1, max_length=100)]
    image_url: WebAddress | None = None
    link: Link | None = None
    links: Links | None = None
    actions: Annotated[list[Action], Meta(max_length=3)] = []
    data: Annotated[dict[Key, Annotated[str, Meta(max_length=2048)]], Meta(max_length=50)] = {}
    silent: bool = False
    """Data for the app, and nothing to be seen; a browser shows the title all the same, without a sound."""
    sound: Name | None = None
    collapse_key: Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+(?!\n)$")] | None = None
    android: OnAndroid | None = None
    ios: OnIos | None = None
    web: OnWeb | None = None
    highlight: bool = False
    """In an inbox it stands out from the others."""
    ttl_seconds: Seconds | None = None
    priority: Literal["high", "normal"] = "high"
