"""Which field of the compose form a finding is about. Pure."""

from msgspec import Struct

from dashboard.needs import Step
from sdk_contracts.wire.campaigns import Finding

SHOWN_BY = {
    ("android", "image_url"): "android.image", ("ios", "image_url"): "ios.image", ("web", "image_url"): "web.image",
    ("web", "icon_url"): "web.icon", ("web", "badge_url"): "web.badge",
}  # fmt: skip
WHOLE: dict[str, tuple[Step, str, str]] = {
    "audience": ("audience", "include", "include"), "channels": ("audience", "channels", "channels"),
    "kind": ("audience", "kind", "kind"), "category": ("audience", "category", "category"),
    "schedule": ("schedule", "when", "when"), "follow_up": ("schedule", "second", "second"),
}  # fmt: skip


class Place(Struct, frozen=True):
    """A step, the field at it by the end of its key, and the word that the field is called by."""

    step: Step
    field: str
    word: str


def place_of(finding: Finding, default_locale: str) -> Place | None:
    """None where it is about no field, or about one of the step that the check itself is at."""
    parts = parts_of(finding.pointer)
    match parts:
        case ["limits", "expires_at"]:
            return Place("check", "expires", "expires")
        case ["content", *rest]:
            return said(rest, finding.code, default_locale)
        case ["experiment", "variants", number, "content", *rest]:
            return in_version(int(number), rest, finding.code, default_locale)
        case ["follow_up", "content", "translations", locale]:
            return Place("schedule", f"second.title.{locale}", "title")
        case [first, *_] if first in WHOLE:
            return Place(*WHOLE[first])
    return None


def said(parts: list[str], code: str, default_locale: str) -> Place:
    match parts:
        case ["translations"] if code == "missing_translation":
            return Place("content", "locales.add", "add_language")
        case ["translations", locale]:
            return Place("content", f"title.{locale}", "title")
        case ["link"]:
            return Place("content", "link", "link")
        case ["links", place]:
            return Place("content", f"link.{place}", "links")
        case ["image_url"]:
            return Place("content", "image", "image")
        case ["actions", number, *_]:
            return Place("content", f"button.{number}.link", "buttons")
        case [place, name] if (place, name) in SHOWN_BY:
            return Place("content", SHOWN_BY[place, name], "platforms_more")
    return Place("content", f"title.{default_locale}", "title")


def in_version(number: int, parts: list[str], code: str, default_locale: str) -> Place:
    """The first version is what the form itself says; another has fields for what it says otherwise."""
    as_first = said(parts, code, default_locale)
    own = as_first.field.startswith("title.") or as_first.field in {"link", "image"}
    return Place("content", f"arm.{number}.{as_first.field}", as_first.word) if number and own else as_first


def parts_of(pointer: str) -> list[str]:
    """Of a JSON Pointer (RFC 6901)."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
