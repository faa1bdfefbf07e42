"""What a campaign says to some of those it is for: texts that fail, grow too long, or are in another language."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from push.campaigns.findings import Finding
from push.campaigns.model import Campaign
from push.checking.texts import contents
from push.content.facts import Facts, facts_of
from push.content.limits import payload_problems
from push.content.model import Content
from push.content.rendering import CannotRender, Renderer, fallbacks
from push.devices.model import Device
from push.people.model import Person

RENDERED = 200
_SECONDS = 2.0
"""Of processor time for one content; a text may take a tenth of one for one person."""
TRIED = ("text_fails", "too_large")
"""What can only be found by trying."""
_LANGUAGES = 5


class Sample:
    """The first of those who are meant."""

    def __init__(
        self, devices: Sequence[Device], people: dict[str, Person], app: dict[str, Any], event: Facts | None
    ) -> None:
        self._devices = devices
        self._people = people
        self._app = app
        self._event = event

    def failing(self, campaign: Campaign) -> tuple[list[Finding], list[Finding]]:
        """Errors and warnings: what fails for all of them is wrong, what fails for some may be meant so."""
        errors, warnings = list[Finding](), list[Finding]()
        for at, content in contents(campaign):
            if not content.personal:
                continue
            for everybody, finding in self._render(f"{at}/content", content):
                (errors if everybody else warnings).append(finding)
        return errors, warnings

    def untranslated(self, content: Content, at: str = "") -> Iterator[Finding]:
        """Languages they speak and the content does not."""
        spoken = {name.replace("_", "-").lower() for name in content.translations}
        missed: Counter[str] = Counter()
        for device in self._devices:
            if device.locale and not any(each.lower() in spoken for each in fallbacks(device.locale, device.locale)):
                missed[device.locale.replace("_", "-").split("-")[0].lower()] += 1
        for language, count in missed.most_common(_LANGUAGES):
            share = f"{count:,} of the first {len(self._devices):,} devices"
            detail = f"{share} speak {language} and will read {content.default_locale}."
            facts = {
                "locale": language, "default": content.default_locale, "looked_at": str(len(self._devices)),
            }  # fmt: skip
            where = f"{at}/content/translations"
            yield Finding(code="missing_translation", pointer=where, detail=detail, count=count, facts=facts)

    def _render(self, pointer: str, content: Content) -> Iterator[tuple[bool, Finding]]:
        """Each finding, and whether it holds for all who were asked."""
        renderer, asked, ends = Renderer(content), 0, time.thread_time() + _SECONDS
        failed, long = Counter[str](), Counter[str]()
        for device in self._devices[:RENDERED]:
            if time.thread_time() > ends:
                break
            asked += 1
            facts = facts_of(device, self._app, self._people.get(device.person_id), self._event)
            try:
                rendered = renderer.render(device.locale, facts, device.platform)
                long.update(payload_problems(rendered, device.platform)[:1])
            except CannotRender as error:
                failed[error.detail] += 1
        for code, counted in zip(TRIED, (failed, long), strict=True):
            if counted:
                said = counted.most_common(1)[0][0]
                count = counted.total()
                detail = f"For {count:,} of {asked:,} devices: {said}"
                facts = {"looked_at": str(asked), "reason": said}
                yield count == asked, Finding(code=code, pointer=pointer, detail=detail, count=count, facts=facts)
