"""Kotlin classes over kotlinx.serialization's JSON tree: no compiler plugin, no reflection."""

from sdk_contracts.generate.shapes import (
    ABSENT,
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
    camel,
)

_PLAIN = {
    "string": "String",
    "integer": "Long",
    "number": "Double",
    "boolean": "Boolean",
    "time": "Instant",
    "scalar": "JsonPrimitive",
}
_DECODE = {
    "string": "jsonPrimitive.content",
    "integer": "jsonPrimitive.long",
    "number": "jsonPrimitive.double",
    "boolean": "jsonPrimitive.boolean",
    "time": "jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() }",
    "scalar": "jsonPrimitive",
}
_HEAD = """@file:Suppress("RedundantVisibilityModifier")

package dev.fanfare.wire

import java.time.Instant
import java.time.OffsetDateTime
import kotlinx.serialization.json.*

/** A field of a change: given, it is set to [value], where null clears it. Left out, it stays as it is. */
public data class Change<T : Any>(val value: T?)

private fun JsonObject.given(name: String): JsonElement? = this[name].takeUnless { it is JsonNull }"""


def kotlin(contracts: Contracts, preface: str) -> str:
    """The content of `Wire.kt`."""
    unions = {member: union.name for union in contracts.unions for member in union.members}
    parts = [f"// {preface}\n{_HEAD}"]
    parts += [_enum(choice) for choice in contracts.choices]
    parts += [f"public sealed interface {each.name} {{\n    fun toJson(): JsonObject\n}}" for each in contracts.unions]
    parts += [_class(shape, unions.get(shape.name)) for shape in contracts.shapes]
    return "\n\n".join(parts) + "\n"


def _enum(choice: Choice) -> str:
    members = ", ".join(f'{value.upper()}("{value}")' for value in choice.values)
    return f"public enum class {choice.name}(val wire: String) {{\n    {members}\n}}"


def _class(shape: Shape, union: str | None) -> str:
    text = f"/** {shape.text} */\n" if shape.text else ""
    fields = "".join(f"    val {_declared(field)},\n" for field in _held(shape))
    body = "\n\n".join(filter(None, [_to_json(shape, union), _from_json(shape)]))
    return f"{text}public data class {shape.name}(\n{fields}){f' : {union}' if union else ''} {{\n{body}\n}}"


def _held(shape: Shape) -> list[Field]:
    return [field for field in shape.fields if not isinstance(field.kind, Constant)]


def _declared(field: Field) -> str:
    name, kind = camel(field.name), _kind(field.kind)
    if field.clears:
        return f"{name}: Change<{kind}>? = null"
    if field.required:
        return f"{name}: {kind}{'?' if field.nullable else ''}"
    if field.default is ABSENT or field.default is None:
        return f"{name}: {kind}? = null"
    return f"{name}: {kind} = {_literal(field)}"


def _literal(field: Field) -> str:
    match field.default:
        case bool(value):
            return str(value).lower()
        case str(value):
            return f'"{value}"'
        case int(value):
            return str(value)
    return "emptyList()" if isinstance(field.kind, ListOf) else "emptyMap()"


def _kind(kind: Kind) -> str:
    match kind:
        case Plain(name):
            return _PLAIN[name]
        case ListOf(of):
            return f"List<{_kind(of)}>"
        case MapOf(of):
            return f"Map<String, {_kind(of)}>"
        case Ref(name) | Choice(name) | OneOf(name):
            return name
        case Constant():
            return "String"


def _to_json(shape: Shape, union: str | None) -> str:
    if not shape.sent:
        return ""
    lines = "".join(f"        {_put(field)}\n" for field in shape.fields)
    return f"    {'override ' if union else ''}fun toJson(): JsonObject = buildJsonObject {{\n{lines}    }}"


def _put(field: Field) -> str:
    name = camel(field.name)
    if isinstance(field.kind, Constant):
        return f'put("{field.name}", "{field.kind.value}")'
    if field.clears:
        inner = _encode(field.kind, "it")
        return f'{name}?.let {{ change -> put("{field.name}", change.value?.let {{ {inner} }} ?: JsonNull) }}'
    if field.nullable or (not field.required and field.default is ABSENT):
        return f'{name}?.let {{ put("{field.name}", {_encode(field.kind, "it")}) }}'
    return f'put("{field.name}", {_encode(field.kind, name)})'


def _encode(kind: Kind, it: str) -> str:
    match kind:
        case Plain("time"):
            return f"JsonPrimitive({it}.toString())"
        case Plain("scalar"):
            return it
        case Choice():
            return f"JsonPrimitive({it}.wire)"
        case ListOf(of):
            return f"JsonArray({it}.map {{ {_encode(of, 'it')} }})"
        case MapOf(of):
            return f"JsonObject({it}.mapValues {{ {_encode(of, 'it.value')} }})"
        case Ref() | OneOf():
            return f"{it}.toJson()"
    return f"JsonPrimitive({it})"


def _from_json(shape: Shape) -> str:
    if not shape.received:
        return ""
    lines = "".join(f"            {camel(field.name)} = {_taken(field)},\n" for field in _held(shape))
    head = f"fun fromJson(json: JsonObject): {shape.name} = {shape.name}("
    return f"    public companion object {{\n        {head}\n{lines}        )\n    }}"


def _taken(field: Field) -> str:
    if field.required and not field.nullable:
        return _decode(field.kind, f'json.getValue("{field.name}")')
    taken = f'json.given("{field.name}")?.let {{ {_decode(field.kind, "it")} }}'
    has_default = not field.nullable and field.default is not ABSENT
    return f"{taken} ?: {_literal(field)}" if has_default else taken


def _decode(kind: Kind, it: str) -> str:
    match kind:
        case Plain(name):
            return f"{it}.{_DECODE[name]}"
        case ListOf(of):
            return f"{it}.jsonArray.map {{ {_decode(of, 'it')} }}"
        case MapOf(of):
            return f"{it}.jsonObject.mapValues {{ {_decode(of, 'it.value')} }}"
        case Ref(name):
            return f"{name}.fromJson({it}.jsonObject)"
    return f"{it}.jsonPrimitive.content"
