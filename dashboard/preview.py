"""How a message will look, before anybody gets it. Texts are shown as written: placeholders are not filled in here."""

from html import escape
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Surface = Literal["android", "ios", "web", "inbox", "email"]
SURFACES: tuple[Surface, ...] = ("android", "ios", "web", "inbox", "email")


class Preview(Struct, frozen=True, kw_only=True):
    app: str
    title: str
    body: str
    subtitle: str = ""
    """Of iOS."""
    image_url: str | None
    link: str | None
    buttons: tuple[str, ...] = ()
    now: str
    """The word for `now`, in the reader's language."""


def phone(shown: Preview, surface: Surface) -> str:
    """HTML of one screen with the notification on it."""
    if surface != "ios":
        shown = replace(shown, subtitle="")
    card = {"inbox": _inbox, "email": _letter}.get(surface, _notification)(shown)
    clock = "" if surface in {"web", "inbox", "email"} else '<div class="ff-clock">9:41</div>'
    return f'<div class="ff-phone ff-on-{surface}"><div class="ff-glass">{clock}{card}</div></div>'


def _notification(shown: Preview) -> str:
    return (
        f'<div class="ff-card"><div class="ff-card-top"><i>{escape(shown.app[:1].upper())}</i>'
        f"<b>{escape(shown.app)}</b><span>{escape(shown.now)}</span></div>"
        f'<div class="ff-card-title">{escape(shown.title)}</div>{_subtitle(shown.subtitle)}'
        f'<div class="ff-card-body">{_text(shown.body)}</div>'
        f"{_image(shown.image_url)}{_buttons(shown.buttons)}</div>"
    )


def _inbox(shown: Preview) -> str:
    return (
        f'<div class="ff-bar">{escape(shown.app)}</div><div class="ff-card">'
        f'<div class="ff-card-top"><i class="ff-dot"></i><b>{escape(shown.title)}</b>'
        f"<span>{escape(shown.now)}</span></div>"
        f'<div class="ff-card-body">{_text(shown.body)}</div>'
        f"{_image(shown.image_url)}{_link(shown.link)}{_buttons(shown.buttons)}</div>"
    )


def _letter(shown: Preview) -> str:
    """What leads nowhere in a browser is left out of letters."""
    link = shown.link if shown.link and shown.link.startswith(("https://", "http://")) else None
    return (
        f'<div class="ff-bar">{escape(shown.title)}<span>{escape(shown.app)}</span></div><div class="ff-card">'
        f"{_image(shown.image_url)}"
        f'<div class="ff-card-body">{_text(shown.body)}</div>{_link(link)}{_buttons(shown.buttons)}</div>'
    )


def _subtitle(text: str) -> str:
    return f'<div class="ff-card-subtitle">{escape(text)}</div>' if text else ""


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _image(url: str | None) -> str:
    if url is None or not url.startswith(("https://", "http://")):
        return ""
    return f'<img class="ff-card-image" src="{escape(url)}" alt="" referrerpolicy="no-referrer">'


def _buttons(labels: tuple[str, ...]) -> str:
    shown = "".join(f"<span>{escape(label)}</span>" for label in labels)
    return f'<div class="ff-card-buttons">{shown}</div>' if labels else ""


def _link(link: str | None) -> str:
    return f'<div class="ff-card-link">{escape(link)}</div>' if link else ""
