"""Where links may lead, told by their form alone: nothing is fetched."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from push.content.model import Action, Content, Links

WEB = ("http", "https")
NEVER = ("javascript", "data", "vbscript", "file", "blob")
"""Schemes that no app opens from a notification, or had better not."""
PLACES = ("android", "ios", "web", "inbox")


def links(content: Content) -> Iterator[tuple[str, str]]:
    """All that it leads to or shows, each with its place in the content as a JSON Pointer."""
    yield from _led("", content)
    if content.image_url is not None:
        yield "/image_url", content.image_url
    for number, action in enumerate(content.actions):
        yield from _led(f"/actions/{number}", action)
    for place, form in (("android", content.android), ("ios", content.ios), ("web", content.web)):
        for name in ("image_url", "icon_url", "badge_url"):
            if (link := getattr(form, name, None)) is not None:
                yield f"/{place}/{name}", link


def scheme(link: str) -> str:
    return link.partition(":")[0].lower()


def dead(link: str) -> str | None:
    """Why it can lead nowhere."""
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return f"{link} is no address."
    if parts.scheme.lower() in NEVER:
        return f"No app opens a link that begins with {parts.scheme}:."
    if parts.scheme.lower() not in WEB:
        # A deep link: what follows the scheme is the app's own affair, but there must be something.
        return None if link.partition(":")[2].strip("/") else f"{link} names nothing behind {parts.scheme}:."
    labels = host.rstrip(".").split(".")
    if not host or not (host == "localhost" or ":" in host or (len(labels) > 1 and all(labels))):
        return f"{link} names no host that can be reached."
    return None


def _led(at: str, of: Content | Action) -> Iterator[tuple[str, str]]:
    if of.link is not None:
        yield f"{at}/link", of.link
    for place in PLACES:
        if (link := (of.links or Links()).on(place)) is not None:
            yield f"{at}/links/{place}", link
