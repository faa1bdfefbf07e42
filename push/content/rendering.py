"""Making a message for one person: the right translation, with the Liquid in it carried out."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from push.content.model import Content, Rendered, Translation, has_liquid, link_on
from push.content.templates import BadTemplate, Template
from push.errors import Invalid, PushError

PLATFORMS = ("android", "ios", "web")
_REMEMBERED_LOCALES = 10_000


class CannotRender(PushError):
    """A template fails for this person."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def fallbacks(locale: str | None, default: str) -> Iterator[str]:
    """`zh-Hans-CN → zh-Hans → zh → default` (BCP 47, as RFC 4647 section 3.4 looks up)."""
    parts = (locale or "").replace("_", "-").split("-")
    for length in range(len(parts), 0, -1):
        yield "-".join(parts[:length])
    yield default


class Renderer:
    """One content, parsed once. Texts without Liquid are rendered once a translation and shared by all who read it."""

    def __init__(self, content: Content) -> None:
        """Raises Invalid, pointing at the text that is no Liquid or the translation that is missing."""
        if content.default_locale not in content.translations:
            raise Invalid("/content/translations", f"There is no translation for {content.default_locale}.")
        self._content = content
        self._by_locale = {name.replace("_", "-").lower(): name for name in content.translations}
        self._chosen: dict[str | None, str] = {}
        self._texts = {name: _Text(name, translation) for name, translation in content.translations.items()}
        self._by_place = content.by_place
        self._frames: dict[str | None, Rendered] = {}
        self._shared: dict[tuple[str, str | None], Rendered] = {}

    def render(self, locale: str | None, facts: dict[str, Any], place: str | None = None) -> Rendered:
        """The content in the language nearest to `locale`, about `facts` (`person`, `device`, `app`, `event`).

        `place` is a platform or `inbox`. Raises CannotRender.
        """
        name = self.choose(locale)
        if not self._by_place:
            place = None
        shared = self._shared.get((name, place))
        if shared is not None:
            return shared
        text = self._texts[name]
        rendered = self._with(text.render(facts), place)
        if not text.personal:
            self._shared[name, place] = rendered
        return rendered

    def worst_cases(self) -> Iterator[tuple[str, str | None, Rendered]]:
        """Each translation as written, by locale and platform: what can be known of its size before it is sent."""
        for name, translation in self._content.translations.items():
            for place in PLATFORMS if self._by_place else (None,):
                yield name, place, self._with(translation, place)

    def choose(self, locale: str | None) -> str:
        """The translation nearest to `locale`."""
        chosen = self._chosen.get(locale)
        if chosen is None:
            default = self._content.default_locale
            found = (self._by_locale.get(each.lower()) for each in fallbacks(locale, default))
            chosen = next((name for name in found if name), default)
            if len(self._chosen) < _REMEMBERED_LOCALES:
                self._chosen[locale] = chosen
        return chosen

    def _with(self, text: Translation, place: str | None) -> Rendered:
        frame = self._frames.get(place)
        if frame is None:
            frame = self._frames[place] = _frame(self._content, place)
        return replace(frame, title=text.title, body=text.body, subtitle=text.subtitle)


def _frame(content: Content, place: str | None) -> Rendered:
    """All but its words."""
    forms = {"android": content.android, "ios": content.ios, "web": content.web}
    there: Any = forms.get(place or "")
    return Rendered(
        title="",
        image_url=(there.image_url if there else None) or content.image_url,
        link=link_on(content, place),
        actions=tuple(action.on(place) for action in content.actions),
        data=content.data,
        silent=content.silent,
        sound=content.sound,
        collapse_key=content.collapse_key,
        priority=content.priority,
        highlight=content.highlight,
        **{name: form for name, form in forms.items() if place in (None, name)},  # type: ignore[arg-type]
    )


class _Text:
    def __init__(self, locale: str, translation: Translation) -> None:
        self._plain = translation
        self._templates = {}
        for part in ("title", "body", "subtitle"):
            source = getattr(translation, part)
            if has_liquid(source):
                try:
                    self._templates[part] = Template(source)
                except BadTemplate as error:
                    raise Invalid(f"/content/translations/{locale}/{part}", f"This is no Liquid: {error}.") from None
        self.personal = bool(self._templates)

    def render(self, facts: dict[str, Any]) -> Translation:
        if not self.personal:
            return self._plain
        try:
            parts = {part: template.fill(facts) for part, template in self._templates.items()}
        except BadTemplate as error:
            raise CannotRender(str(error)) from None
        return replace(self._plain, **parts)
