"""A message before and after it is made for one person."""

from msgspec import Struct


class Action(Struct, frozen=True, kw_only=True):
    """A button under the notification."""

    id: str
    label: str
    link: str | None = None


class Translation(Struct, frozen=True, kw_only=True):
    title: str
    body: str = ""


class Content(Struct, frozen=True, kw_only=True):
    """What the marketer wrote; texts are Liquid templates."""

    default_locale: str
    translations: dict[str, Translation]
    image_url: str | None = None
    link: str | None = None
    actions: tuple[Action, ...] = ()
    data: dict[str, str] = {}
    silent: bool = False
    sound: str | None = None
    collapse_key: str | None = None
    ttl_seconds: int | None = None
    priority: str = "high"

    @property
    def personal(self) -> bool:
        """Some text is Liquid, and so may differ from person to person."""
        return any(has_liquid(each.title) or has_liquid(each.body) for each in self.translations.values())

    @property
    def about_person(self) -> bool:
        """Some text may speak of what is known of the person, which is then worth reading."""
        texts = [text for each in self.translations.values() for text in (each.title, each.body)]
        return any(has_liquid(text) and "person" in text for text in texts)


def has_liquid(text: str) -> bool:
    return "{{" in text or "{%" in text


class Rendered(Struct, frozen=True, kw_only=True):
    """What one person (or everybody with the same locale) gets to read."""

    title: str
    body: str = ""
    image_url: str | None = None
    link: str | None = None
    actions: tuple[Action, ...] = ()
    data: dict[str, str] = {}
    silent: bool = False
    sound: str | None = None
    collapse_key: str | None = None
    priority: str = "high"
