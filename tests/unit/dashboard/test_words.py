"""The table of words against the code that speaks them."""

import re
from collections import Counter
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import get_args

import pytest

from dashboard import charts, parts, reasons, words
from dashboard.session import MAY
from sdk_contracts.wire.apps import Role
from sdk_contracts.wire.campaigns import State
from sdk_contracts.wire.content import Channel, Kind
from sdk_contracts.wire.devices import Platform

FINDINGS = sorted(
    code
    for source in (Path(__file__).parents[3] / "push").glob("c[ah][me]*/*.py")
    for code in re.findall(r'\bcode="([a-z_]+)"', source.read_text(encoding="utf-8"))
)
SOURCES = sorted((Path(__file__).parents[3] / "dashboard").rglob("*.py"))


def test_every_word_the_code_says_is_in_the_table() -> None:
    said = {
        key
        for source in SOURCES
        for key in re.findall(r"\bsay\(\"([a-z_.]+)\"[,)]", source.read_text(encoding="utf-8"))
    }
    assert len(said) > 50
    assert said - words.TABLE.keys() == set()


def test_every_state_role_kind_channel_and_platform_has_a_word() -> None:
    needed = [
        *(f"state.{state}" for state in get_args(State)),
        *(f"role.{role}" for role in get_args(Role)),
        *(f"kind.{kind}" for kind in get_args(Kind)),
        *get_args(Channel),
        *get_args(Platform),
        *charts.PUSH_STEPS,
        *parts.RATES,
        *(f"{rate}.over" for rate in parts.RATES),
        *(f"launch_{channel}" for channel in get_args(Channel)),
        *(f"finding.{code}" for code in FINDINGS),
    ]
    assert len(FINDINGS) > 10
    assert [key for key in needed if key not in words.TABLE] == []


@pytest.mark.parametrize("code", sorted(reasons.TABLE))
def test_every_reason_is_told_in_both_languages(code: str) -> None:
    assert len({*reasons.TABLE[code], code}) == 3


@pytest.mark.parametrize("key", sorted(words.TABLE))
def test_both_languages_are_written_and_take_the_same_values(key: str) -> None:
    english, chinese = words.TABLE[key]
    assert english
    assert chinese
    assert _fields(english) == _fields(chinese)


def test_a_reason_we_have_no_words_for_stays_as_the_provider_wrote_it() -> None:
    assert reasons.reason("en", "opted_out") == "Turned notifications off"
    assert reasons.reason("zh", "opted_out") == "已关闭通知"
    assert reasons.reason("en", "INVALID_ARGUMENT") == "INVALID_ARGUMENT"


def test_only_those_who_may_are_offered_it() -> None:
    assert "author" in MAY["compose"]
    assert "author" not in MAY["launch"]
    assert "analyst" not in MAY["compose"]
    assert "sender" not in MAY["read"]


def test_no_two_tables_speak_of_the_same_key() -> None:
    modules = [module for module in vars(words).values() if isinstance(module, ModuleType) and hasattr(module, "WORDS")]
    spoken = Counter(key for module in modules for key in module.WORDS)
    assert spoken.total() == len(words.TABLE)
    assert [key for key, times in spoken.items() if times > 1] == []


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
