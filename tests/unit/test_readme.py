"""What tests/README.md says is tested, is."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
_NAMED = re.compile(r"\[([^\]]+)\]\(([^)]+\.py)\)")


def test_every_test_that_is_named_is_there() -> None:
    named = _NAMED.findall((TESTS / "README.md").read_text())
    assert len(named) > 50
    for sentence, path in named:
        source = (TESTS / path).read_text()
        assert sentence == "all of it" or f"def test_{sentence.replace(' ', '_')}(" in source, (path, sentence)
