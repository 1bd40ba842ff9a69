"""The HTTP contract as lines, one a promise, and the documents of former releases beside it.

`python -m tests.web.contract NAME` writes today's to `tests/web/released/NAME.jsonl`, without its
prose: each operation and each schema is a line of JSON.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.openapi_document import openapi_document

FOLDER = Path(__file__).parent / "released"
Schema = dict[str, Any]
# Ends of the lines: a new one of the first is a new demand, a missing one of the others a loss.
NEEDED, ALWAYS, NEVER_NULL = " is needed", " is always there", " is never null"
NULL = {"type": "null"}
VARIANTS = ("anyOf", "oneOf", "allOf")
# What a schema keeps in a released document.
SHAPE = {"$ref", "type", "format", "enum", "const", "required", "items", "additionalProperties"}


def promises(document: Schema) -> set[str]:
    """Each operation's parameters, bodies, statuses and fields with their types.

    Names of schemas count for nothing, and neither do limits of values.
    """
    return {
        f"{method.upper()} {path} {line}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for line in (*_asked(operation, document), *_answered(operation, document))
    }


def operations(lines: set[str]) -> set[str]:
    """`GET /status` and the others that the lines are about."""
    return {" ".join(line.split(" ", 2)[:2]) for line in lines}


def _asked(operation: Schema, document: Schema) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        place = f"{parameter['in']} {parameter['name']}"
        yield from (f"{place}{line}" for line in _fields(parameter["schema"], document, NEEDED))
        if parameter.get("required"):
            yield f"{place}{NEEDED}"
    body = operation.get("requestBody", {})
    for media_type, content in body.get("content", {}).items():
        for line in _fields(content.get("schema", {}), document, NEEDED):
            yield f"body {media_type} {line}"
    if body.get("required"):
        yield f"body{NEEDED}"


def _answered(operation: Schema, document: Schema) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        yield status
        # Problems have one shape, and tests of their own.
        if status < "400":
            for media_type, content in answer.get("content", {}).items():
                yield f"{status} {media_type}"
                for line in _fields(content.get("schema", {}), document, ALWAYS):
                    yield f"{status} {line}"


def _fields(
    schema: Schema, document: Schema, required: str, seen: tuple[str, ...] = ()
) -> Iterator[str]:
    """A value's types, and those of what it holds: `.name: string`, `[]: integer`, `.*: number`."""
    if name := schema.get("$ref"):
        if name not in seen:
            target = document["components"]["schemas"][name.rpartition("/")[2]]
            yield from _fields(target, document, required, (*seen, name))
        return
    for variant in (v for key in VARIANTS for v in schema.get(key, ())):
        yield from _fields(variant, document, required, seen)
    yield from (f": {type_}" for type_ in _types(schema))
    for place, held in _held(schema):
        yield from (f"{place}{line}" for line in _fields(held, document, required, seen))
        if required == ALWAYS and NULL not in held.get("anyOf", ()):
            yield f"{place}{NEVER_NULL}"
    yield from (f".{name}{required}" for name in schema.get("required", ()))


def _types(schema: Schema) -> list[str]:
    """Each value where they are listed."""
    if "const" in schema:
        return [repr(schema["const"])]
    if "enum" in schema:
        return [repr(value) for value in schema["enum"]]
    return [f"{schema['type']} {schema.get('format', '')}".strip()] if "type" in schema else []


def _held(schema: Schema) -> Iterator[tuple[str, Schema]]:
    for name, field in schema.get("properties", {}).items():
        yield f".{name}", field
    for key, place in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(schema.get(key), dict):
            yield place, schema[key]


def read_released(path: Path) -> Schema:
    """An OpenAPI document of what a former release promised."""
    document: Schema = {"paths": {}, "components": {"schemas": {}}}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, content = json.loads(line)
        method, _, url = name.partition(" ")
        if url:
            document["paths"].setdefault(url, {})[method] = content
        else:
            document["components"]["schemas"][name] = content
    return document


def released_lines(document: Schema) -> Iterator[str]:
    """The document's operations and schemas without prose, examples, limits and defaults."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield json.dumps([f"{method} {path}", _bare_operation(operation)])
    for name, schema in document["components"]["schemas"].items():
        yield json.dumps([name, _bare(schema)])


def _bare_operation(operation: Schema) -> Schema:
    body = operation.get("requestBody", {})
    return {
        "parameters": [
            {key: p[key] for key in ("in", "name", "required") if key in p}
            | {"schema": _bare(p["schema"])}
            for p in operation.get("parameters", ())
        ],
        "requestBody": {"required": body.get("required", False), "content": _bare_content(body)},
        "responses": {
            status: {"content": _bare_content(answer)} if status < "400" else {}
            for status, answer in operation["responses"].items()
        },
    }


def _bare_content(described: Schema) -> Schema:
    contents = described.get("content", {}).items()
    return {media_type: {"schema": _bare(c.get("schema", {}))} for media_type, c in contents}


def _bare(schema: Schema) -> Schema:
    bare = {key: value for key, value in schema.items() if key in SHAPE}
    for key in VARIANTS:
        if key in schema:
            bare[key] = [_bare(variant) for variant in schema[key]]
    if "properties" in schema:
        bare["properties"] = {n: _bare(field) for n, field in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            bare[key] = _bare(schema[key])
    return bare


if __name__ == "__main__":
    lines = "".join(f"{line}\n" for line in released_lines(openapi_document()))
    (FOLDER / f"{sys.argv[1]}.jsonl").write_text(lines, encoding="utf-8")
