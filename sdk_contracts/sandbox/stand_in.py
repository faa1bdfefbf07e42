"""What both stand-ins have: a behaviour that can be switched, a memory, phones behind them, control calls."""

from collections.abc import Collection
from typing import Any

from sdk_contracts.sandbox import control
from sdk_contracts.sandbox.behaviour import Behaviour, Rule, Switchboard
from sdk_contracts.sandbox.mailbox import Mailbox
from sdk_contracts.sandbox.recorder import Message, Recorder
from sdk_contracts.sandbox.serving import Listener


class StandIn:
    """A provider's stand-in, served by `listener`; it remembers the last `keep` messages whole."""

    def __init__(self, listener: Listener, answers: Collection[str], keep: int, seed: int) -> None:
        self.url = listener.url
        self.authority = listener.authority
        """`host:port`."""
        self.listener = listener
        self.switchboard = Switchboard(answers, seed)
        self.recorder = Recorder(keep)
        self.mailbox = Mailbox()

    @property
    def behaviour(self) -> Behaviour:
        """What is in force; assign a Behaviour to change it (raises UnknownAnswer)."""
        return self.switchboard.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self.switchboard.set(behaviour)

    def answer(self, name: str, **rule: Any) -> None:
        """Answer `name` where the fields of Rule match: `fcm.answer("unavailable", share=0.1, times=50)`."""
        self.switchboard.add(Rule(answer=name, **rule))

    @property
    def messages(self) -> list[Message]:
        """The last messages that were accepted, oldest first."""
        return [*self.recorder.kept]

    @property
    def deliveries(self) -> dict[str, int]:
        """How often each `delivery_id` was accepted."""
        return self.recorder.deliveries

    def stats(self) -> dict[str, Any]:
        """Counters since the start or the last reset."""
        return {
            "accepted": self.recorder.accepted,
            "refused": dict(self.recorder.refused),
            "distinct_deliveries": len(self.recorder.deliveries),
            "untracked_deliveries": self.recorder.untracked,
            "since": self.recorder.started_at,
        }

    def reset(self) -> None:
        """Behaviour, messages and counters as new."""
        self.switchboard.set(Behaviour())
        self.recorder.reset()

    async def outage(self) -> Rule | None:
        """Waits as long as the latency says; the answer for everybody during an outage."""
        await self.listener.pause(self.switchboard.latency())
        return Rule(answer=self.switchboard.outage) if self.switchboard.outage else None

    def control(self, method: str, path: str, query: dict[str, str], body: bytes) -> Any:
        """This stand-in's own control calls. Raises NoSuchCall."""
        raise control.NoSuchCall
