"""How one way of sending did."""

from msgspec import Struct

from tests.bench.processes import Usage


class Sent(Struct, frozen=True):
    name: str
    messages: int
    usage: Usage
    sender: str = "bench"
    """Which of the processes in `usage` does the sending."""

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.usage.seconds

    @property
    def micros(self) -> float:
        """CPU microseconds of the sender for each message."""
        return self.usage.micros(self.sender, self.messages)
