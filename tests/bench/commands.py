"""Counting what the engine asks of the database."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import monitoring

_LOOK = ("findAndModify", "whatever is due")
_IDLE = {
    *(("getMore", each) for each in ("campaigns", "batches", "broadcasts")),
    *(("find", each) for each in ("processes", "apps", "outcomes")),
    ("update", "processes"), ("hello", "1"), ("aggregate", "batches"), _LOOK,
}  # fmt: skip
"""Streams of changes, and what a process does every second or so, busy or not."""


class Commands(monitoring.CommandListener):
    """Commands by name and collection while `counting`; of clients that were made while it listened."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.counting = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        command, name = event.command, event.command_name
        key = (name, str(command.get("collection") if name == "getMore" else command[name]))
        if name == "findAndModify" and "due_at" in command["query"]:
            key = _LOOK
        if self.counting and key not in _IDLE:
            self.counts[key] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@contextmanager
def listening() -> Iterator[Commands]:
    """Clients made within the block tell of their commands, also afterwards."""
    commands = Commands()
    monitoring.register(commands)
    try:
        yield commands
    finally:
        monitoring._LISTENERS.command_listeners.remove(commands)
