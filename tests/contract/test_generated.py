"""The SDKs' models say what the contracts say."""

from pathlib import Path

import pytest

from sdk_contracts.export import json_schema
from sdk_contracts.generate.files import files
from sdk_contracts.generate.kotlin import kotlin
from sdk_contracts.generate.shapes import ABSENT, Choice, Plain, contracts

AGAIN = "run `python -m api.export` and commit what it writes"
FILES = files()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_models_are_those_of_the_contracts(path: Path) -> None:
    assert path.read_text() == FILES[path], AGAIN


def test_only_what_a_phone_speaks_is_in_them() -> None:
    names = {shape.name for shape in contracts(json_schema()).shapes}
    assert {"DeviceRegistration", "InboxItem", "Event", "QuietHours", "FieldError"} <= names
    assert not names & {"Campaign", "KeyCreated", "Metrics", "FcmCredentials"}


def test_an_answer_may_name_a_platform_that_an_old_phone_does_not_know() -> None:
    shapes = {shape.name: {field.name: field for field in shape.fields} for shape in contracts(json_schema()).shapes}
    assert isinstance(shapes["DeviceRegistration"]["platform"].kind, Choice)
    assert shapes["Device"]["platform"].kind == Plain("string")


def test_left_out_and_null_are_told_apart_where_they_differ() -> None:
    shapes = {shape.name: {field.name: field for field in shape.fields} for shape in contracts(json_schema()).shapes}
    assert shapes["DeviceChange"]["locale"].clears
    assert not shapes["DeviceChange"]["opted_in"].clears
    assert not shapes["DeviceRegistration"]["locale"].clears


def test_a_contract_that_no_language_can_say_is_noticed() -> None:
    schema = json_schema()
    schema["$defs"]["Login"]["properties"]["external_id"] = {}
    with pytest.raises(ValueError, match="external_id"):
        contracts(schema)


def test_a_new_field_reaches_the_models() -> None:
    schema = json_schema()
    schema["$defs"]["InboxItem"]["properties"]["pinned_at"] = {"type": "string", "format": "date-time"}
    known = contracts(schema)
    added = next(shape for shape in known.shapes if shape.name == "InboxItem").fields[-1]
    assert (added.name, added.default) == ("pinned_at", ABSENT)
    assert "pinnedAt: Instant? = null" in kotlin(known, "")
