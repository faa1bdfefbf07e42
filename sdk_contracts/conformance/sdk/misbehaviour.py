"""How the stand-in API answers when it is told not to answer well."""

from collections.abc import Callable

from msgspec import Struct


class Refuse(Struct, frozen=True):
    """Answer with this status, and with `Retry-After` where one is given."""

    status: int
    retry_after: str | None = None


class Lose(Struct, frozen=True):
    """Do what is asked, and cut the connection in place of an answer: the SDK cannot know that it was done."""


class Drop(Struct, frozen=True):
    """Cut the connection and do nothing."""


Misbehaviour = Refuse | Lose | Drop


class Rule(Struct):
    """What to do wrong, for calls of this method and path, so many times."""

    method: str
    path: str
    misbehaviour: Misbehaviour
    times: float
    when: Callable[[bytes], bool]

    def take(self, method: str, path: str, body: bytes) -> bool:
        """Whether this call is one of them; it counts."""
        if self.times <= 0 or method != self.method or not path.startswith(self.path) or not self.when(body):
            return False
        self.times -= 1
        return True
