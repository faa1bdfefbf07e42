"""Declarations for TypeScript: names as they are on the wire, so nothing is encoded or decoded."""

from sdk_contracts.generate.shapes import (
    Choice,
    Constant,
    Contracts,
    Field,
    Kind,
    ListOf,
    MapOf,
    OneOf,
    Plain,
    Ref,
    Shape,
)

_PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "time": "string",
    "scalar": "string | number | boolean",
}


def typescript(contracts: Contracts, preface: str) -> str:
    """The content of `wire.d.ts`."""
    parts = [f"/** {preface} Times are RFC 3339 in UTC. */"]
    parts += [f"export type {each.name} = {_choice(each.values)};" for each in contracts.choices]
    parts += [f"export type {each.name} = {' | '.join(each.members)};" for each in contracts.unions]
    parts += [_interface(shape) for shape in contracts.shapes]
    return "\n\n".join(parts) + "\n"


def _interface(shape: Shape) -> str:
    text = f"/** {shape.text} */\n" if shape.text else ""
    fields = "".join(f"  {_field(field)};\n" for field in shape.fields)
    return f"{text}export interface {shape.name} {{\n{fields}}}"


def _field(field: Field) -> str:
    mark = "" if field.required else "?"
    return f"{field.name}{mark}: {_kind(field.kind)}{' | null' if field.nullable else ''}"


def _kind(kind: Kind) -> str:
    match kind:
        case Plain(name):
            return _PLAIN[name]
        case ListOf(of):
            inner = _kind(of)
            return f"({inner})[]" if " " in inner else f"{inner}[]"
        case MapOf(of):
            return f"Record<string, {_kind(of)}>"
        case Ref(name) | Choice(name) | OneOf(name):
            return name
        case Constant(value):
            return f'"{value}"'


def _choice(values: tuple[str, ...]) -> str:
    return " | ".join(f'"{value}"' for value in values)
