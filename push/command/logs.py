"""What a process says of itself: one JSON object a line, with ids, never with tokens, texts or keys."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog


def log_as_lines() -> None:
    """Structlog's own way shows the local variables of every frame when something fails, tokens and all."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(),
    )


def _without_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An error's kind and place; its message may quote what was being written."""
    if event.pop("exc_info", None) and (error := sys.exc_info()[1]) is not None:
        event["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
        event["at"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event
