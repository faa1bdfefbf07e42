"""Making a message for one person: the right translation, with the Liquid in it carried out."""

from collections.abc import Iterator
from typing import Any

import msgspec

from push.content.model import Action, Content, Rendered, Translation, has_liquid
from push.content.templates import BadTemplate, Template
from push.errors import Invalid, PushError

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
        self._shared: dict[str, Rendered] = {}

    def render(self, locale: str | None, facts: dict[str, Any]) -> Rendered:
        """The content in the language nearest to `locale`, about `facts` (`person`, `device`, `app`).

        Raises CannotRender.
        """
        name = self.choose(locale)
        shared = self._shared.get(name)
        if shared is not None:
            return shared
        text = self._texts[name]
        rendered = self._with(text.render(facts))
        if not text.personal:
            self._shared[name] = rendered
        return rendered

    def worst_cases(self) -> Iterator[tuple[str, Rendered]]:
        """Each translation as written, by locale: what can be known of its size before it is sent."""
        for name, translation in self._content.translations.items():
            yield name, self._with(translation)

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

    def _with(self, text: Translation) -> Rendered:
        content = self._content
        return Rendered(
            title=text.title,
            body=text.body,
            image_url=content.image_url,
            link=content.link,
            actions=tuple(Action(id=a.id, label=a.label, link=a.link) for a in content.actions),
            data=content.data,
            silent=content.silent,
            sound=content.sound,
            collapse_key=content.collapse_key,
            priority=content.priority,
        )


class _Text:
    def __init__(self, locale: str, translation: Translation) -> None:
        self._plain = translation
        self._templates = {}
        for part in ("title", "body"):
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
        return msgspec.structs.replace(self._plain, **parts)
