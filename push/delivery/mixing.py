"""Of which platforms and locales a batch is made, and what becomes of each of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from push.database import Document
from push.delivery.model import Batch
from push.ledger.model import CONFIRMING_PLATFORMS, OTHER, Tally, parts_of
from push.ledger.service import Settlement

_BETWEEN = "|"


def mixed(rows: Iterable[Document]) -> dict[str, int]:
    """How many of these rows are of which platform and locale."""
    return dict(Counter(_kind(row) for row in rows))


class Mixing:
    """What a batch's end means for its parts. Most batches are accepted as a whole, and then no row is read for it."""

    def __init__(self, batch: Batch, settlement: Settlement, again: Sequence[Batch]) -> None:
        """`again` are the batches of those who come again."""
        self._batch = batch
        self._ended = [
            (state, reason, ids) for state, reasons in settlement.ended.items() for reason, ids in reasons.items()
        ]
        self._accepted = settlement.accepted
        self._again = again
        self._kinds: dict[str, str] = {}

    @property
    def unknown(self) -> list[str]:
        """The deliveries whose rows have to be read: none where all of the batch ends alike."""
        if not self._batch.mix or len(self._ended) + len(self._again) + bool(self._accepted) == 1:
            return []
        ended = [each for _, _, ids in self._ended for each in ids]
        return ended + [each for batch in self._again for each in batch.deliveries]

    def learn(self, rows: Mapping[str, Document]) -> None:
        self._kinds = {delivery: _kind(row) for delivery, row in rows.items()}

    def parts(self) -> dict[str, Tally]:
        """The changes to the numbers of each part."""
        parts: dict[str, Tally] = defaultdict(Tally)
        for state, reason, ids in self._ended:
            for kind, count in self._of(ids).items():
                for part in _parts(kind):
                    parts[part].end(state, reason, count)
        if self._accepted:
            left = Counter(self._batch.mix)
            left.subtract(self._kinds.values())
            for kind, count in left.items():
                confirms = self._batch.channel == "push" and kind.partition(_BETWEEN)[0] in CONFIRMING_PLATFORMS
                for part in _parts(kind) if count > 0 else ():
                    parts[part].accept(count if confirms else 0, count)
        return parts

    def told(self) -> list[Batch]:
        """The batches of those who come again, each with its own mix."""
        return [replace(batch, mix=dict(self._of(batch.deliveries))) for batch in self._again]

    def _of(self, deliveries: Sequence[str]) -> Mapping[str, int]:
        if not self._kinds:
            return self._batch.mix
        return Counter(self._kinds[each] for each in deliveries if each in self._kinds)


def _kind(row: Document) -> str:
    return f"{row.get('platform') or OTHER}{_BETWEEN}{row.get('locale') or OTHER}"


def _parts(kind: str) -> tuple[str, str]:
    platform, _, locale = kind.partition(_BETWEEN)
    return parts_of(platform, locale)
