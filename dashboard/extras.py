"""What a message carries beside its words, as the compose form has it. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from dashboard.needs import Need
from sdk_contracts.wire.content import Action, Content, Links

Place = Literal["android", "ios", "web", "inbox"]
PLACES: tuple[Place, ...] = get_args(Place)
MOST_BUTTONS = 3
MOST_DATA = 50
LONGEST_LIFE = 28 * 24 * 3600
LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"]+")
WEB_ADDRESS = re.compile(r"https?://[^\x00-\x20<>\"]+")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_COLLAPSE = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Button(Struct, frozen=True, kw_only=True):
    label: str = ""
    link: str = ""
    base: Action | None = None
    """As it was saved: its id stays, since the app may know it."""

    def action(self, place: int) -> Action:
        had = self.base or Action(id=f"button_{place}", label="-")
        return msgspec.structs.replace(had, label=self.label.strip(), link=self.link or None)


class Extras(Struct, frozen=True, kw_only=True):
    links: Mapping[Place, str] = {}
    buttons: tuple[Button, ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    silent: bool = False
    sound: str = ""
    collapse_key: str = ""
    ttl_seconds: int | None = None
    priority: Literal["high", "normal"] = "high"

    def needs(self) -> list[Need]:
        found = []
        for place, link in self.links.items():
            pattern = WEB_ADDRESS if place == "web" else LINK
            if link and (len(link) > 2048 or not pattern.fullmatch(link)):
                found.append("need.link_web" if place == "web" else "need.link")
        if any(button.link and not LINK.fullmatch(button.link) for button in self.buttons):
            found.append("need.link")
        if len(self.data) > MOST_DATA or any(not _KEY.fullmatch(key) or len(text) > 2048 for key, text in self.data):
            found.append("need.data")
        if self.collapse_key and not _COLLAPSE.fullmatch(self.collapse_key):
            found.append("need.collapse_key")
        if self.ttl_seconds is not None and self.ttl_seconds > LONGEST_LIFE:
            found.append("need.ttl")
        return [Need(key) for key in dict.fromkeys(found)]

    def fields(self) -> dict[str, Any]:
        """Of the content; ask `needs` first."""
        links = {place: link for place, link in self.links.items() if link}
        return {
            "links": Links(**links) if links else None,
            "actions": [button.action(place) for place, button in enumerate(self.buttons, start=1)],
            "data": dict(self.data), "silent": self.silent, "sound": self.sound or None,
            "collapse_key": self.collapse_key or None, "ttl_seconds": self.ttl_seconds, "priority": self.priority,
        }  # fmt: skip


def extras_of(content: Content) -> Extras:
    links = {place: getattr(content.links, place) or "" for place in PLACES} if content.links else {}
    return Extras(
        links={place: link for place, link in links.items() if link},
        buttons=tuple(Button(label=one.label, link=one.link or "", base=one) for one in content.actions),
        data=tuple(content.data.items()), silent=content.silent, sound=content.sound or "",
        collapse_key=content.collapse_key or "", ttl_seconds=content.ttl_seconds, priority=content.priority,
    )  # fmt: skip


def data_in(text: str) -> tuple[tuple[str, str], ...]:
    """`name = value`, one a line; a line without `=` is a name without a value."""
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)


def data_text(data: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in data)
