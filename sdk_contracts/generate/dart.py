"""Dart classes with `fromJson` and `toJson`, for Flutter apps; no code generation on the app's side."""

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
    "integer": "int",
    "number": "double",
    "boolean": "bool",
    "time": "DateTime",
    "scalar": "Object",
}
_HEAD = """library;

/// A field of a change: given, it is set to [value], where null clears it. Left out, it stays as it is.
class Change<T> {
  const Change(this.value);

  final T? value;
}"""


def dart(contracts: Contracts, preface: str) -> str:
    """The content of `wire.dart`."""
    unions = {member: union.name for union in contracts.unions for member in union.members}
    parts = [f"/// {preface}\n{_HEAD}"]
    parts += [_enum(choice) for choice in contracts.choices]
    parts += [_sealed(union) for union in contracts.unions]
    parts += [_class(shape, unions.get(shape.name)) for shape in contracts.shapes]
    return "\n\n".join(parts) + "\n"


def _enum(choice: Choice) -> str:
    return f"enum {choice.name} {{ {', '.join(choice.values)} }}"


def _sealed(union: OneOf) -> str:
    return f"sealed class {union.name} {{\n  const {union.name}();\n\n  Map<String, Object?> toJson();\n}}"


def _class(shape: Shape, union: str | None) -> str:
    text = f"/// {shape.text}\n" if shape.text else ""
    held = [field for field in shape.fields if not isinstance(field.kind, Constant)]
    parameters = "".join(f"    {_parameter(field)},\n" for field in held)
    constructor = f"  const {shape.name}({{\n{parameters}  }});"
    fields = "\n".join(f"  final {_type(field)} {camel(field.name)};" for field in held)
    members = [constructor, _from_json(shape, held), fields, _to_json(shape, union)]
    body = "\n\n".join(filter(None, members))
    return f"{text}{'final ' if union else ''}class {shape.name}{f' extends {union}' if union else ''} {{\n{body}\n}}"


def _parameter(field: Field) -> str:
    name = camel(field.name)
    if field.required:
        return f"required this.{name}"
    return f"this.{name} = {_literal(field)}" if _has_default(field) else f"this.{name}"


def _has_default(field: Field) -> bool:
    return field.default is not ABSENT and field.default is not None


def _literal(field: Field) -> str:
    match field.default:
        case bool(value):
            return str(value).lower()
        case str(value):
            return f"'{value}'"
        case int(value):
            return str(value)
    return "const []" if isinstance(field.kind, ListOf) else "const {}"


def _type(field: Field) -> str:
    kind = _kind(field.kind)
    if field.clears:
        return f"Change<{kind}>?"
    optional = field.nullable or (not field.required and not _has_default(field))
    return f"{kind}?" if optional else kind


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
    lines = "".join(f"        {_put(field)},\n" for field in shape.fields)
    override = "  @override\n" if union else ""
    return f"{override}  Map<String, Object?> toJson() => {{\n{lines}      }};"


def _put(field: Field) -> str:
    name = camel(field.name)
    if isinstance(field.kind, Constant):
        return f"'{field.name}': '{field.kind.value}'"
    if field.clears:
        encoded = _encode(field.kind, f"{name}!.value", "?")
        return f"if ({name} != null) '{field.name}': {encoded}"
    if _type(field).endswith("?"):
        return f"if ({name} != null) '{field.name}': {_encode(field.kind, f'{name}!')}"
    return f"'{field.name}': {_encode(field.kind, name)}"


def _encode(kind: Kind, it: str, maybe: str = "") -> str:
    match kind:
        case Plain("time"):
            return f"{it}{maybe}.toUtc().toIso8601String()"
        case Choice():
            return f"{it}{maybe}.name"
        case ListOf(of):
            inner = _encode(of, "it")
            return it if inner == "it" else f"[for (final it in {it}) {inner}]"
        case MapOf(of):
            inner = _encode(of, "it")
            return it if inner == "it" else f"{it}{maybe}.map((key, it) => MapEntry(key, {inner}))"
        case Ref() | OneOf():
            return f"{it}{maybe}.toJson()"
    return it


def _from_json(shape: Shape, held: list[Field]) -> str:
    if not shape.received:
        return ""
    lines = "".join(f"        {camel(field.name)}: {_taken(field)},\n" for field in held)
    return f"  factory {shape.name}.fromJson(Map<String, dynamic> json) => {shape.name}(\n{lines}      );"


def _taken(field: Field) -> str:
    it = f"json['{field.name}']"
    if field.required and not field.nullable:
        return _decode(field.kind, it)
    otherwise = _literal(field) if _has_default(field) else "null"
    return f"{it} == null ? {otherwise} : {_decode(field.kind, it)}"


def _decode(kind: Kind, it: str) -> str:
    match kind:
        case Plain("time"):
            return f"DateTime.parse({it} as String)"
        case Plain("number"):
            return f"({it} as num).toDouble()"
        case Plain(name):
            return f"{it} as {_PLAIN[name]}"
        case ListOf(of):
            return f"[for (final it in {it} as List<dynamic>) {_decode(of, 'it')}]"
        case MapOf(of):
            return f"({it} as Map<String, dynamic>).map((key, it) => MapEntry(key, {_decode(of, 'it')}))"
        case Ref(name):
            return f"{name}.fromJson({it} as Map<String, dynamic>)"
    return f"{it} as String"
