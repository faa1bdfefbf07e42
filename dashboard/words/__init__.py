"""Every word on screen, in English and Chinese, in one table: one word for one thing."""

from dashboard.format import Language
from dashboard.words import (
    audience,
    campaign,
    compose,
    extras,
    findings,
    frame,
    mail,
    measures,
    now,
    people,
    placements,
    platforms,
    rules,
    schedule,
    settings,
    trial,
)

TABLE: dict[str, tuple[str, str]] = {
    **frame.WORDS,
    **measures.WORDS,
    **now.WORDS,
    **campaign.WORDS,
    **compose.WORDS,
    **rules.WORDS,
    **extras.WORDS,
    **platforms.WORDS,
    **schedule.WORDS,
    **trial.WORDS,
    **findings.WORDS,
    **audience.WORDS,
    **people.WORDS,
    **placements.WORDS,
    **settings.WORDS,
    **mail.WORDS,
}


def say(language: Language, key: str, **values: object) -> str:
    """The words for `key`. Raises KeyError for a key that is not in the table."""
    english, chinese = TABLE[key]
    return (chinese if language == "zh" else english).format(**values)
