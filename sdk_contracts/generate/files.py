"""Which file holds which language, and what it should hold now."""

from pathlib import Path

from sdk_contracts.export import json_schema
from sdk_contracts.generate.dart import dart
from sdk_contracts.generate.kotlin import kotlin
from sdk_contracts.generate.shapes import contracts
from sdk_contracts.generate.swift import swift
from sdk_contracts.generate.typescript import typescript

HERE = Path(__file__).parents[1]
PREFACE = "Written by `python -m api.export` from the wire contracts; change those, not this."


def files() -> dict[Path, str]:
    """The content of every generated file."""
    known = contracts(json_schema())
    return {
        HERE / "web/types/wire.d.ts": typescript(known, PREFACE),
        HERE / "kotlin/src/main/kotlin/dev/fanfare/wire/Wire.kt": kotlin(known, PREFACE),
        HERE / "swift/Sources/FanfareWire/Wire.swift": swift(known, PREFACE),
        HERE / "dart/lib/wire.dart": dart(known, PREFACE),
    }


def write() -> None:
    for path, content in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
