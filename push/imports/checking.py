"""A record becomes a line that can be stored, or is left out with a reason."""

import csv
import re
from datetime import datetime
from typing import Any

import msgspec

from push.clock import to_milliseconds
from push.devices.addresses import checked, confirmed
from push.devices.model import Device
from push.devices.registration import check_timezone
from push.errors import Invalid
from push.ids import new_id
from push.imports import onesignal
from push.imports.model import Format, Line, LineError
from push.imports.reading import Record, cells
from push.people.attributes import AttributeTypes, typed
from push.people.changing import said
from sdk_contracts.wire.people import ImportedDevice, ImportedPerson

_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_VALUE = re.compile(r"(Invalid (?:enum )?value) .*", re.DOTALL)
_DECODER = msgspec.json.Decoder(ImportedPerson)
_DESCRIPTION = ("platform", "opted_in", "locale", "timezone", "app_version", "os_version", "model", "tags")


class Checker:
    """For one import: of a CSV file, the first record says what the others mean."""

    def __init__(self, app_id: str, kind: Format, types: AttributeTypes, extra_hosts: frozenset[str]) -> None:
        self._app_id = app_id
        self._kind = kind
        self._types = types
        self._extra_hosts = extra_hosts
        self._columns: list[str] | None = None

    async def check(self, records: list[Record], now: datetime) -> tuple[list[Line], list[LineError]]:
        """Raises Invalid for a CSV file that is not OneSignal's."""
        people: list[tuple[int, ImportedPerson]] = []
        lines: list[Line] = []
        errors: list[LineError] = []
        for record in self.without_header(records):
            try:
                people.append((record.line, self._read(record)))
            except Invalid as error:
                errors.append(_error(record.line, error))
        for number, person in people:
            try:
                types = await self._types.of(self._app_id, [person.attributes])
                lines.append(
                    Line(
                        number=number,
                        said=person,
                        attributes=typed(person.attributes, types),
                        consent=said(person.consent, now) if person.consent else None,
                        devices=tuple(self._device(device, now) for device in person.devices),
                    )
                )
            except Invalid as error:
                errors.append(_error(number, error))
        return lines, sorted(errors, key=lambda error: error.line)

    def without_header(self, records: list[Record]) -> list[Record]:
        """Raises Invalid."""
        if self._kind == "ndjson" or self._columns is not None:
            return records
        try:
            self._columns = onesignal.columns(cells(records[0].content or b""))
        except (UnicodeDecodeError, csv.Error):
            raise Invalid("", "This is no CSV.") from None
        return records[1:]

    def _read(self, record: Record) -> ImportedPerson:
        """Raises Invalid."""
        if record.content is None:
            raise Invalid("", "This line is too long to be meant.")
        try:
            if self._kind == "ndjson":
                return _DECODER.decode(record.content.decode())
            fields = cells(record.content)
            if len(fields) != len(self._columns or ()):
                raise Invalid("", f"This record has {len(fields)} fields in place of {len(self._columns or ())}.")
            row = onesignal.line(dict(zip(self._columns or (), fields, strict=True)))
            return _DECODER.decode(msgspec.json.encode(row))
        except msgspec.ValidationError as error:
            place = _PLACE.search(str(error))
            detail = str(error)[: place.start()] if place else str(error)
            # Errors are kept, and say nothing of a person.
            raise Invalid(_pointer(place["path"]) if place else "", _VALUE.sub(r"\1", detail)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Invalid("", "This line is not JSON in UTF-8.") from None
        except csv.Error:
            raise Invalid("", "This record is no CSV.") from None

    def _device(self, told: ImportedDevice, now: datetime) -> Device:
        """Raises Invalid."""
        check_timezone(told.timezone)
        address = checked(told.address, told.platform, self._extra_hosts) if told.address else None
        fields: dict[str, Any] = {name: getattr(told, name) for name in _DESCRIPTION}
        if address is not None:
            fields |= confirmed(address, now)
        created_at = min(to_milliseconds(told.created_at), now) if told.created_at else now
        return Device(
            id=new_id("dev"),
            app_id=self._app_id,
            person_id="",
            imported=True,
            installation_id=told.installation_id,
            created_at=created_at,
            last_seen_at=min(to_milliseconds(told.last_seen_at), now) if told.last_seen_at else created_at,
            topics=tuple(dict.fromkeys(told.topics)),
            **fields,
        )


def _pointer(path: str) -> str:
    return "".join(f"/{step}" for step in re.findall(r"[^.\[\]]+", path) if step != "...")


def _error(line: int, error: Invalid) -> LineError:
    return LineError(line=line, pointer=error.pointer, detail=error.detail)
