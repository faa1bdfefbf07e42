"""Columns: what is known of many, in arrays. A row is a device or a person; what is known of none is in no array."""

import operator
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Fingerprints = NDArray[np.int64]
Test = Callable[[Any], bool]

MOST_VALUES = 30_000
"""Different texts in a column; to ask all of them takes some 150 ms."""
MOST_NUMBERS = 2_000
"""Different numbers or times; where there are more, they are compared in arrays."""
NO_TIME = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - as the database gives it, which is UTC
_GROWS = 1.25
_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def fingerprint(text: str) -> int:
    """64 bits in the place of an id or a name, keyed anew in each process: the roster holds nobody's name.

    That two of a million are the same happens once in thirty million rosters.
    """
    return hash(text)


def fingerprints(texts: Iterable[str]) -> Fingerprints:
    return np.array([hash(text) for text in texts], np.int64)


def milliseconds(moment: datetime | None) -> int:
    """Since 1970; of a moment that tells no zone, which is UTC then."""
    if moment is None:
        return int(NO_TIME)
    passed = (moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment) - _EPOCH
    return passed.days * 86_400_000 + passed.seconds * 1000 + passed.microseconds // 1000


class Array:
    """Numbers by row, 0 until they are put; grows by itself."""

    def __init__(self, kind: Any, nothing: int = 0) -> None:
        self.all: NDArray[Any] = np.zeros(0, kind)
        self._nothing = nothing

    def put(self, rows: Rows, values: Any) -> None:
        self.reach(int(rows.max(initial=-1)) + 1)
        self.all[rows] = values

    def reach(self, count: int) -> None:
        if (before := len(self.all)) < count:
            grown = np.full(max(count, int(before * _GROWS)), self._nothing, self.all.dtype)
            grown[:before] = self.all
            self.all = grown

    def first(self, count: int) -> NDArray[Any]:
        self.reach(count)
        return self.all[:count]

    def widen(self, kind: Any) -> None:
        self.all = self.all.astype(kind)

    @property
    def size(self) -> int:
        """In bytes."""
        return int(self.all.nbytes)


class Index:
    """The row of each fingerprint, in 12 bytes each; new ones wait in a dictionary until they are many."""

    _WAIT = 20_000

    def __init__(self) -> None:
        self.count = 0
        self._keys: NDArray[np.int64] = np.zeros(0, np.int64)
        self._rows: NDArray[np.int32] = np.zeros(0, np.int32)
        self._recent: dict[int, int] = {}

    def find(self, keys: Fingerprints) -> Rows:
        """-1 for those not known."""
        found = np.full(len(keys), -1, np.int64)
        if len(self._keys):
            places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            known = self._keys[places] == keys
            found[known] = self._rows[places[known]]
        if self._recent:
            for at in np.flatnonzero(found < 0):
                found[at] = self._recent.get(int(keys[at]), -1)
        return found

    def rows(self, keys: Fingerprints) -> Rows:
        """Those not known get the next ones."""
        found = self.find(keys)
        for at in np.flatnonzero(found < 0):
            key = int(keys[at])
            row = self._recent.get(key)
            if row is None:
                row = self._recent[key] = self.count
                self.count += 1
            found[at] = row
        if len(self._recent) > max(self._WAIT, len(self._keys) // 4):
            self._settle()
        return found

    def _settle(self) -> None:
        keys = np.concatenate([self._keys, np.fromiter(self._recent.keys(), np.int64, len(self._recent))])
        rows = np.concatenate([self._rows, np.fromiter(self._recent.values(), np.int32, len(self._recent))])
        order = np.argsort(keys, kind="stable")
        self._keys, self._rows, self._recent = keys[order], rows[order], {}

    @property
    def size(self) -> int:
        return int(self._keys.nbytes + self._rows.nbytes) + 120 * len(self._recent)


class Codes:
    """A column of values which many share: each is kept once, and asked once."""

    def __init__(self, most: int = MOST_VALUES) -> None:
        self.values: list[Any] = [None]
        """By code; 0 is nothing."""
        self._codes: dict[Any, int] = {}
        self.most = most
        self.at = Array(np.uint8)

    @property
    def full(self) -> bool:
        return len(self.values) > self.most

    def put(self, rows: Rows, values: Sequence[Any]) -> None:
        codes = np.fromiter((self._code(value) for value in values), np.int64, len(values))
        if len(self.values) > np.iinfo(self.at.all.dtype).max:
            self.at.widen(np.uint16 if len(self.values) <= np.iinfo(np.uint16).max else np.uint32)
        self.at.put(rows, codes)

    def _code(self, value: Any) -> int:
        if value is None:
            return 0
        # To Python, True is 1; to who asks for a number it is not.
        key = value if isinstance(value, str) else (value.__class__, value)
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.values)
            self.values.append(value)
        return code

    def where(self, test: Test, count: int) -> Mask:
        """Of the first `count` rows, those whose value, or None, passes."""
        passed = np.fromiter((test(value) for value in self.values), np.bool_, len(self.values))
        found: Mask = passed[self.at.first(count)]
        return found

    @property
    def size(self) -> int:
        return self.at.size + 150 * len(self.values)


class Numbers:
    """A column of numbers, or of times in milliseconds, most of which are different."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        """`float` or `datetime`."""
        self.at = Array(np.float64)
        self.known = Array(np.bool_)

    def put(self, rows: Rows, values: Sequence[Any]) -> None:
        """Raises TypeError for a value of another kind."""
        self.known.put(rows, [value is not None for value in values])
        self.at.put(rows, [0.0 if value is None else _number(self.kind, value) for value in values])

    def compared(self, op: str, wanted: float, count: int) -> Mask:
        found: Mask = _COMPARED[op](self.at.first(count), wanted) & self.known.first(count)
        return found

    @property
    def size(self) -> int:
        return self.at.size + self.known.size


def _number(kind: Any, value: Any) -> float:
    """Raises TypeError."""
    if kind is datetime and isinstance(value, datetime):
        return float(milliseconds(value))
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise TypeError(value)


class Sets:
    """Any number of names by row, such as the topics it follows: 8 bytes for each."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._rows = Array(np.int32)
        self._names = Array(np.int32)
        self._count = 0
        self._gone = 0

    def put(self, rows: Rows, names: Sequence[Sequence[str]], *, new: bool) -> None:
        """`new`: these rows had none before."""
        if not new:
            self._drop(rows)
        owners = [int(row) for row, each in zip(rows, names, strict=True) for _ in each]
        codes = [self._codes.setdefault(name, len(self._codes) + 1) for each in names for name in each]
        if codes:
            places = np.arange(self._count, self._count + len(codes))
            self._rows.put(places, owners)
            self._names.put(places, codes)
            self._count += len(codes)

    def having(self, names: Iterable[str], count: int) -> Mask:
        """Of the first `count` rows, those with any of these."""
        wanted = np.zeros(len(self._codes) + 1, np.bool_)
        wanted[[self._codes[name] for name in names if name in self._codes]] = True
        found = np.zeros(count, np.bool_)
        found[self._rows.first(self._count)[wanted[self._names.first(self._count)]]] = True
        return found

    def _drop(self, rows: Rows) -> None:
        owners, names = self._rows.first(self._count), self._names.first(self._count)
        theirs = np.isin(owners, rows)
        self._gone += int((names[theirs] > 0).sum())
        names[theirs] = 0
        if self._gone * 2 > self._count:
            kept = names > 0
            for column, left in ((self._rows, owners[kept]), (self._names, names[kept])):
                column.all = left
            self._count, self._gone = int(kept.sum()), 0

    @property
    def size(self) -> int:
        return self._rows.size + self._names.size + 150 * len(self._codes)


class Varied:
    """A column that is not kept: too many different texts, or too much altogether."""

    size = 0


class Field:
    """What is known by one name of an attribute or tag, in the column that fits."""

    def __init__(self) -> None:
        self.column: Codes | Numbers | Varied = Codes(MOST_NUMBERS)

    def put(self, rows: Rows, values: Sequence[Any]) -> None:
        if isinstance(self.column, Varied):
            return
        try:
            self.column.put(rows, values)
        except TypeError:
            self.column = Varied()
        if isinstance(self.column, Codes) and self.column.full:
            self.column = _spread(self.column)

    @property
    def size(self) -> int:
        return self.column.size


def _spread(codes: Codes) -> Codes | Numbers | Varied:
    """As numbers if they are, else with room for more texts; nothing where that is used up."""
    numbers = Numbers(datetime if isinstance(codes.values[1], datetime) else float)
    try:
        by_code = np.array([0.0, *(_number(numbers.kind, value) for value in codes.values[1:])])
    except TypeError:
        if codes.most >= MOST_VALUES:
            return Varied()
        codes.most = MOST_VALUES
        return codes
    rows = np.arange(len(codes.at.all))
    numbers.at.put(rows, by_code[codes.at.all])
    numbers.known.put(rows, codes.at.all > 0)
    return numbers
