"""Swift structs that are Codable, with the coders that read and write the wire's times."""

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
    "integer": "Int",
    "number": "Double",
    "boolean": "Bool",
    "time": "Date",
    "scalar": "Scalar",
}
_HEAD = """import Foundation

/// A field of a change: given, it is set to `value`, where nil clears it. Left out, it stays as it is.
public struct Change<Value: Encodable & Sendable>: Sendable {
    public let value: Value?

    public init(_ value: Value?) { self.value = value }
}

/// The value of a tag.
public enum Scalar: Codable, Equatable, Sendable {
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)

    public init(from decoder: Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .boolean(let value): try container.encode(value)
        }
    }
}

/// Coders for the wire: times are RFC 3339 in UTC, with or without a fraction of a second.
public enum Wire {
    public static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            let format = ISO8601DateFormatter()
            if let date = format.date(from: text) { return date }
            format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
            if let date = format.date(from: text) { return date }
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no time: \\(text)")
        }
        return decoder
    }

    public static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .custom { date, encoder in
            let format = ISO8601DateFormatter()
            format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
            var container = encoder.singleValueContainer()
            try container.encode(format.string(from: date))
        }
        return encoder
    }
}"""


def swift(contracts: Contracts, preface: str) -> str:
    """The content of `Wire.swift`."""
    parts = [f"// {preface}\n\n{_HEAD}"]
    parts += [_enum(choice) for choice in contracts.choices]
    parts += [_union(union) for union in contracts.unions]
    parts += [_struct(shape) for shape in contracts.shapes]
    return "\n\n".join(parts) + "\n"


def _enum(choice: Choice) -> str:
    return f"public enum {choice.name}: String, Codable, Sendable {{\n    case {', '.join(choice.values)}\n}}"


def _union(union: OneOf) -> str:
    names = [(name[0].lower() + name[1:], name) for name in union.members]
    cases = "".join(f"    case {case}({name})\n" for case, name in names)
    encoding = "".join(f"        case .{case}(let value): try value.encode(to: encoder)\n" for case, _ in names)
    encode = (
        f"    public func encode(to encoder: Encoder) throws {{\n        switch self {{\n{encoding}        }}\n    }}"
    )
    return f"public enum {union.name}: Encodable, Sendable {{\n{cases}\n{encode}\n}}"


def _struct(shape: Shape) -> str:
    text = f"/// {shape.text}\n" if shape.text else ""
    held = [field for field in shape.fields if not isinstance(field.kind, Constant)]
    fields = "\n".join(f"    public let {camel(field.name)}: {_type(field)}" for field in held)
    members = [fields, _keys(shape), _memberwise(held), _decoding(shape, held), _encoding(shape)]
    protocols = [*(["Encodable"] if shape.sent else []), *(["Decodable"] if shape.received else []), "Sendable"]
    body = "\n\n".join(filter(None, members))
    return f"{text}public struct {shape.name}: {', '.join(protocols)} {{\n{body}\n}}"


def _keys(shape: Shape) -> str:
    cases = "".join(f"        case {_key(field.name)}\n" for field in shape.fields)
    return f"    private enum CodingKeys: String, CodingKey {{\n{cases}    }}"


def _key(name: str) -> str:
    return name if camel(name) == name else f'{camel(name)} = "{name}"'


def _memberwise(held: list[Field]) -> str:
    parameters = ", ".join(f"{camel(field.name)}: {_type(field)}{_default(field)}" for field in held)
    lines = "".join(f"        self.{camel(field.name)} = {camel(field.name)}\n" for field in held)
    return f"    public init({parameters}) {{\n{lines}    }}"


def _default(field: Field) -> str:
    if field.required:
        return ""
    return f" = {_literal(field)}"


def _has_default(field: Field) -> bool:
    return field.default is not ABSENT and field.default is not None


def _literal(field: Field) -> str:
    match field.default:
        case bool(value):
            return str(value).lower()
        case str(value):
            return f'"{value}"'
        case int(value):
            return str(value)
        case list():
            return "[]"
        case dict():
            return "[:]"
    return "nil"


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
            return f"[{_kind(of)}]"
        case MapOf(of):
            return f"[String: {_kind(of)}]"
        case Ref(name) | Choice(name) | OneOf(name):
            return name
        case Constant():
            return "String"


def _decoding(shape: Shape, held: list[Field]) -> str:
    if not shape.received:
        return ""
    lines = "".join(f"        {camel(field.name)} = {_taken(field)}\n" for field in held)
    head = "        let container = try decoder.container(keyedBy: CodingKeys.self)\n"
    return f"    public init(from decoder: Decoder) throws {{\n{head}{lines}    }}"


def _taken(field: Field) -> str:
    kind, name = _kind(field.kind), camel(field.name)
    if field.required and not field.nullable:
        return f"try container.decode({kind}.self, forKey: .{name})"
    taken = f"try container.decodeIfPresent({kind}.self, forKey: .{name})"
    return f"{taken} ?? {_literal(field)}" if _has_default(field) else taken


def _encoding(shape: Shape) -> str:
    if not shape.sent:
        return ""
    lines = "".join(f"        {_put(field)}\n" for field in shape.fields)
    head = "        var container = encoder.container(keyedBy: CodingKeys.self)\n"
    return f"    public func encode(to encoder: Encoder) throws {{\n{head}{lines}    }}"


def _put(field: Field) -> str:
    name = camel(field.name)
    if isinstance(field.kind, Constant):
        return f'try container.encode("{field.kind.value}", forKey: .{name})'
    if field.clears:
        return f"if let {name} {{ try container.encode({name}.value, forKey: .{name}) }}"
    method = "encodeIfPresent" if _type(field).endswith("?") else "encode"
    return f"try container.{method}({name}, forKey: .{name})"
