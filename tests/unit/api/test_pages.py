"""In which language somebody reads that a code leads nowhere."""

import pytest

from api.pages import spoken


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.9", "en"),
        ("en;q=0.5, zh-Hant;q=0.6", "zh"),
        ("fr-FR,fr;q=0.9", "en"),
        ("fr, zh;q=0.2", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=often", "en"),
        ("zh;" * 500, "zh"),
    ],
)
def test_chinese_for_whom_prefers_it_else_english(accepted: str, language: str) -> None:
    assert spoken(accepted) == language
