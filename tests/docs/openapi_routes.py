"""Requests as documents write them, beside the operations of the OpenAPI document."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.docs.pages import Page, words_of
from tests.support.openapi_document import openapi_document

Operation = tuple[str, str]
MENTION = re.compile(r"\b(GET|POST|PATCH|PUT|DELETE) (/[\w{}./-]*)")
# All that a task has is documented once, for the default one.
OF_TASK = re.compile(r"^/tasks/[^/]+(?=/)")
FORM, BODY, METHOD = ("-F", "--form"), ("-d", "--data"), ("-X", "--request")


@dataclass(frozen=True, slots=True)
class Request:
    """What an example sends: names of parameters and fields, not their values."""

    method: str
    path: str
    query: frozenset[str]
    form: frozenset[str]
    body: frozenset[str]


class Routes:
    """The operations of the application."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = openapi_document()
        self.all: dict[Operation, Mapping[str, Any]] = {
            (method.upper(), path): operation
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that answers a path; one without placeholders comes first."""
        path = OF_TASK.sub("", path)
        fitting = [
            (known, template)
            for known, template in self.all
            if known == method
            and re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path)
        ]
        return min(fitting, key=lambda found: found[1].count("{"), default=None)

    def well(self, operation: Operation) -> set[int]:
        """The statuses of its answers that are no refusal."""
        return {int(each) for each in self.all[operation]["responses"] if each < "400"}

    def query(self, operation: Operation) -> set[str]:
        parameters = self.all[operation].get("parameters", [])
        return {parameter["name"] for parameter in parameters if parameter["in"] == "query"}

    def fields(self, operation: Operation, media_type: str) -> set[str]:
        """Names in the body of an operation."""
        content = self.all[operation].get("requestBody", {}).get("content", {})
        schema = content.get(media_type, {}).get("schema", {})
        for part in (schema, *schema.get("anyOf", ())):
            if "$ref" in part:
                part = self.document["components"]["schemas"][part["$ref"].rpartition("/")[2]]
            if "properties" in part:
                return set(part["properties"])
        return set()


def requests_of(page: Page) -> Iterator[Request]:
    """What the `curl` commands of a page send to `$API`; those to a PACS are not ours."""
    for command in page.commands:
        if command.startswith("curl ") and "$ORTHANC" not in command:
            yield request_of(words_of(command))


def mentions_of(page: Page) -> list[Operation]:
    """Each `GET /path` in a page."""
    return [mention for command in page.commands for mention in MENTION.findall(command)]


def request_of(words: list[str]) -> Request:
    """What a `curl` command sends."""
    form = frozenset(value.partition("=")[0] for value in _values(words, FORM))
    bodies = _values(words, BODY)
    methods = _values(words, METHOD)
    (url,) = (word for word in words if word.startswith("$API"))
    parts = urlsplit(url.removeprefix("$API"))
    return Request(
        method=methods[0] if methods else "POST" if form or bodies else "GET",
        path=parts.path,
        query=frozenset(parse_qs(parts.query)),
        form=form,
        body=frozenset(name for body in bodies for name in json.loads(body)),
    )


def _values(words: list[str], options: tuple[str, ...]) -> list[str]:
    return [value for option, value in itertools.pairwise(words) if option in options]
