"""How each platform shows a message, as the compose form has it. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from dashboard.needs import Need
from sdk_contracts.wire.content import Content, OnAndroid, OnIos, OnWeb

LONGEST_SUBTITLE = 1024


class Platforms(Struct, frozen=True, kw_only=True):
    """Left empty: as the app, the phone or the site has it."""

    subtitles: Mapping[str, str] = {}
    """By locale, for iOS."""
    android: OnAndroid = OnAndroid()
    ios: OnIos = OnIos()
    web: OnWeb = OnWeb()
    highlight: bool = False
    """In an inbox."""

    def needs(self) -> list[Need]:
        if any(len(text) > LONGEST_SUBTITLE for text in self.subtitles.values()):
            return [Need("need.on_ios")]
        shown = {"android": self.android, "ios": self.ios, "web": self.web}
        return [Need(f"need.on_{place}") for place, look in shown.items() if not _fits(look)]

    def fields(self) -> dict[str, Any]:
        """Of the content; subtitles stand with its translations. Ask `needs` first."""
        return {
            "android": None if self.android == OnAndroid() else self.android,
            "ios": None if self.ios == OnIos() else self.ios,
            "web": None if self.web == OnWeb() else self.web,
            "highlight": self.highlight,
        }


def platforms_of(content: Content) -> Platforms:
    return Platforms(
        subtitles={locale: text.subtitle for locale, text in content.translations.items() if text.subtitle},
        android=content.android or OnAndroid(), ios=content.ios or OnIos(), web=content.web or OnWeb(),
        highlight=content.highlight,
    )  # fmt: skip


def _fits(look: Struct) -> bool:
    """Whether the API would take it: the wire's own rules say so."""
    try:
        msgspec.convert(msgspec.to_builtins(look), type(look))
    except msgspec.ValidationError:
        return False
    return True
