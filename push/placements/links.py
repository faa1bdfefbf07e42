"""Where a placement leads: checked when it is set, and never taken from a request."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from push.content.links import dead
from push.errors import Invalid
from push.placements.model import Placement

CARRIED = "fanfare_placement"
_AS_IT_IS = "".join(chr(code) for code in range(0x21, 0x7F))


def check(link: str, public_url: str) -> None:
    """An https link, or one that an app opens. Raises Invalid."""
    if (detail := dead(link)) is not None:
        raise Invalid("/link", detail)
    scheme = urlsplit(link).scheme.lower()
    if scheme == "http":
        raise Invalid("/link", "A link that is printed begins with https, or opens an app.")
    if link.lower().startswith(f"{public_url.lower()}/r/"):
        raise Invalid("/link", "This is a tracked link itself: name what it leads to.")


def destination(placement: Placement) -> str:
    """The stored link with what is stored to go with it; what the link says itself stays. ASCII (RFC 3986)."""
    parts = urlsplit(placement.link)
    if parts.scheme.lower() != "https":
        return quote(placement.link, safe=_AS_IT_IS)
    utm = {f"utm_{name}": value for name in placement.utm.__struct_fields__ if (value := getattr(placement.utm, name))}
    wanted = utm | ({CARRIED: placement.id} if placement.carry_id else {})
    there = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = urlencode({name: value for name, value in wanted.items() if name not in there})
    query = "&".join(part for part in (parts.query, added) if part)
    return quote(parts._replace(query=query).geturl(), safe=_AS_IT_IS)
