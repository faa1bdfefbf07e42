"""What is missing in the compose form, or wrong."""

from typing import Literal

from msgspec import Struct

Step = Literal["content", "audience", "schedule", "check", "test", "launch"]
STEPS: tuple[Step, ...] = ("content", "audience", "schedule", "check", "test", "launch")


class Need(Struct, frozen=True):
    """A word key and its values, and the step with the field that it is about."""

    key: str
    values: dict[str, str] = {}
    step: Step = "content"
