"""A message before and after it is made for one person."""

from msgspec import Struct

IMAGES = ("image_url", "android.image_url", "ios.image_url", "web.image_url", "web.icon_url", "web.badge_url")
"""Where in a content images are named."""


class Links(Struct, frozen=True, kw_only=True):
    """Where it leads on one platform, or in an inbox, in place of `link`. A letter leads where browsers are led."""

    android: str | None = None
    ios: str | None = None
    web: str | None = None
    inbox: str | None = None

    def on(self, place: str | None) -> str | None:
        return getattr(self, "web" if place == "email" else place) if place else None


class Action(Struct, frozen=True, kw_only=True):
    """A button under the notification."""

    id: str
    label: str
    link: str | None = None
    links: Links | None = None

    def on(self, place: str | None) -> "Action":
        """As it is shown there, with one link."""
        return self if self.links is None else Action(id=self.id, label=self.label, link=link_on(self, place))


class OnAndroid(Struct, frozen=True, kw_only=True):
    """How Android shows it. What is left out is as the app has it."""

    channel_id: str | None = None
    icon: str | None = None
    color: str | None = None
    visibility: str | None = None
    image_url: str | None = None


class OnIos(Struct, frozen=True, kw_only=True):
    """How iOS shows it. What is left out is as iOS has it."""

    thread_id: str | None = None
    category: str | None = None
    interruption_level: str | None = None
    relevance_score: float | None = None
    mutable_content: bool = True
    """The app may change it before it is shown: it has to, for an image."""
    image_url: str | None = None


class OnWeb(Struct, frozen=True, kw_only=True):
    """How browsers show it. What is left out is as the site has it."""

    icon_url: str | None = None
    badge_url: str | None = None
    require_interaction: bool = False
    image_url: str | None = None


class Translation(Struct, frozen=True, kw_only=True):
    title: str
    body: str = ""
    subtitle: str = ""
    """Between the two; iOS only."""

    @property
    def texts(self) -> tuple[str, str, str]:
        return self.title, self.body, self.subtitle


class Content(Struct, frozen=True, kw_only=True):
    """What the marketer wrote; texts are Liquid templates."""

    default_locale: str
    translations: dict[str, Translation]
    image_url: str | None = None
    link: str | None = None
    links: Links | None = None
    actions: tuple[Action, ...] = ()
    data: dict[str, str] = {}
    silent: bool = False
    sound: str | None = None
    collapse_key: str | None = None
    android: OnAndroid | None = None
    ios: OnIos | None = None
    web: OnWeb | None = None
    highlight: bool = False
    ttl_seconds: int | None = None
    priority: str = "high"

    @property
    def personal(self) -> bool:
        """Some text is Liquid, and so may differ from person to person."""
        return any(has_liquid(text) for each in self.translations.values() for text in each.texts)

    @property
    def about_person(self) -> bool:
        """Some text may speak of what is known of the person, which is then worth reading."""
        return self._speaks_of("person")

    @property
    def about_event(self) -> bool:
        """Some text may speak of the event that set it off."""
        return self._speaks_of("event")

    def _speaks_of(self, what: str) -> bool:
        texts = [text for each in self.translations.values() for text in each.texts]
        return any(has_liquid(text) and what in text for text in texts)

    @property
    def by_place(self) -> bool:
        """It differs from platform to platform, by more than its words."""
        led = self.links or any(action.links for action in self.actions)
        return bool(led or self.android or self.ios or self.web)


def link_on(of: Content | Action, place: str | None) -> str | None:
    """Where it leads there."""
    return (of.links.on(place) if of.links else None) or of.link


def has_liquid(text: str) -> bool:
    return "{{" in text or "{%" in text


class Rendered(Struct, frozen=True, kw_only=True):
    """What one person (or everybody with the same locale) gets to read, on one platform where these differ."""

    title: str
    body: str = ""
    subtitle: str = ""
    image_url: str | None = None
    link: str | None = None
    actions: tuple[Action, ...] = ()
    data: dict[str, str] = {}
    silent: bool = False
    sound: str | None = None
    collapse_key: str | None = None
    priority: str = "high"
    android: OnAndroid | None = None
    ios: OnIos | None = None
    web: OnWeb | None = None
    highlight: bool = False
    """In an inbox; pushes say nothing of it."""
