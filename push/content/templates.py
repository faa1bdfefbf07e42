"""Liquid written by strangers: no template runs long, grows large, reads files or fails in a way of its own.

Liquid bounds loops, output and nesting. Here are the rest: ranges, what goes into filters and comes out of them, and
the time of it all, which is asked for before each node and each filter.
"""

import functools
import time
from collections.abc import Callable, Sized
from typing import Any

from liquid import BoundTemplate, DictLoader, Environment, Mode, RenderContext, Undefined
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError, ResourceLimitError

SECONDS = 0.1
"""Processor time that one text may take for one person; an ordinary one takes less than a thousandth of it."""
_OVERRUNS = 3
_MAX_OUTPUT_BYTES = 20_000
_MAX_LOOP_ITERATIONS = 10_000
_MAX_NAMESPACE_BYTES = 100_000
_MAX_TEXT = 5_000
_MAX_ITEMS = 1_000
_MAX_BITS = 1_000
_READS_FILES = ("include", "render")

Filter = Callable[..., Any]


class BadTemplate(Exception):
    """It is no Liquid, or fails for these facts; the message says why."""


class Template:
    """A parsed text."""

    def __init__(self, source: str) -> None:
        """Raises BadTemplate."""
        try:
            self._template = _ENVIRONMENT.from_string(source)
        except LiquidError as error:
            raise BadTemplate(error.message) from None
        except Exception as error:
            raise BadTemplate(f"it cannot be read ({type(error).__name__})") from error
        self._overruns = 0

    def fill(self, facts: dict[str, Any]) -> str:
        """The text about `facts`, in 200 ms at most. Raises BadTemplate."""
        if self._overruns >= _OVERRUNS:
            # It is the template then, not the person; all others wait while it runs.
            raise BadTemplate("it took too long for others")
        try:
            return self._template.render(**facts)
        except _TooLong as error:
            self._overruns += 1
            raise BadTemplate(error.message) from None
        except LiquidError as error:
            raise BadTemplate(error.message) from None
        except Exception as error:
            # The library lets what Python raises through: OverflowError, KeyError, RecursionError, …
            raise BadTemplate(f"it fails ({type(error).__name__})") from error


class _TooLong(ResourceLimitError):
    pass


class _Watched(RenderContext):
    """Liquid asks each time before it renders a node which tags are disabled: none, but here is the place to stop."""

    __slots__ = ("_stop_at",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._stop_at = time.thread_time() + SECONDS
        super().__init__(*args, **kwargs)

    @property
    def disabled_tags(self) -> list[str]:
        self.watch()
        return []

    @disabled_tags.setter
    def disabled_tags(self, tags: list[str]) -> None:
        pass

    def filter(self, name: str, token: Any) -> Filter:
        self.watch()
        return super().filter(name, token)

    def watch(self) -> None:
        if time.thread_time() > self._stop_at:
            raise _TooLong("it takes too long", token=None)


class _Bound(BoundTemplate):
    context_class = _Watched


class _Environment(Environment):
    template_class = _Bound
    loop_iteration_limit = _MAX_LOOP_ITERATIONS
    output_stream_limit = _MAX_OUTPUT_BYTES
    local_namespace_limit = _MAX_NAMESPACE_BYTES
    context_depth_limit = 20

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in _READS_FILES:
            del self.tags[tag]
        self.filters = {name: _bounded(name, function) for name, function in self.filters.items()}


def _bounded(name: str, function: Filter) -> Filter:
    """The filter, refusing what would keep it busy for more than some milliseconds."""

    @functools.wraps(function)
    def bounded(value: Any, *args: Any, **kwargs: Any) -> Any:
        for each in (value, *args):
            _check(each)
        if name == "replace" and len(args) > 1 and str(value).count(str(args[0])) * len(str(args[1])) > _MAX_TEXT:
            raise ResourceLimitError("a text grows too long", token=None)
        return _check(function(value, *args, **kwargs))

    return bounded


def _check(value: Any) -> Any:
    """The value. Raises ResourceLimitError when it is too large to work on."""
    if isinstance(value, str):
        too_large = len(value) > _MAX_TEXT
    elif isinstance(value, int):
        too_large = value.bit_length() > _MAX_BITS
    else:
        too_large = isinstance(value, Sized) and len(value) > _MAX_ITEMS
    if too_large:
        raise ResourceLimitError("a value grows too large", token=None)
    return value


def _range(self: RangeLiteral, start: Any, stop: Any) -> range:
    made = _library_range(self, start, stop)
    if made.stop - made.start > _MAX_LOOP_ITERATIONS:
        raise ResourceLimitError("a range is too long", token=self.token)
    return made


# Ranges are made by the parser's own class: there is no other place to bound them, for filters, conditions and loops.
_library_range = RangeLiteral._make_range  # noqa: SLF001
RangeLiteral._make_range = _range  # type: ignore[method-assign]  # noqa: SLF001

_ENVIRONMENT = _Environment(loader=DictLoader({}), tolerance=Mode.STRICT, undefined=Undefined, autoescape=False)
