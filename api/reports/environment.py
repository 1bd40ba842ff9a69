"""How templates are filled in: filters, and values escaped for the format of the page."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from api.reports.markdown import interval_text, number, value_with_interval

MARKDOWN, TEXT = ".md", ".txt"
# What begins markup within a line, or ends a cell of a table.
SPECIAL = re.compile(r"[\\`\[|]")


@cache
def environment(suffix: str) -> Environment:
    """For templates of one format: Markdown, text, or what is escaped as XML is."""
    made = Environment(
        loader=PackageLoader("api.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # They return Markup, so that autoescape does not turn quotation marks into entities too.
        finalize={MARKDOWN: escape_markdown, TEXT: printable_line}.get(suffix),
    )
    made.globals["value_with_interval"] = value_with_interval
    made.filters |= {
        "number": number,
        "interval": interval_text,
        "percent": percent,
        "columns": columns,
        "address": quote,
    }
    if suffix == MARKDOWN:
        made.filters |= {"prose": prose, "code": code, "join": join}
    return made


def escape_markdown(value: object) -> Markup:
    """A value as plain text on one line: no HTML, no named link, no new cell of a table."""
    if hasattr(value, "__html__"):
        return Markup(value)
    line = " ".join(str(value).splitlines())
    return Markup(SPECIAL.sub(r"\\\g<0>", line).replace("<", "&lt;"))


def printable_line(value: object) -> Markup:
    """A value as a terminal may show it: on one line, without characters that steer it."""
    if hasattr(value, "__html__"):
        return Markup(value)
    line = " ".join(str(value).splitlines())
    return Markup(
        "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)
    )


def prose(text: str) -> Markup:
    """Paragraphs by the author of the task, who may use Markdown but no HTML."""
    return Markup(text.replace("<", "&lt;"))


def code(text: str) -> Markup:
    """A line of a fenced block, where only the fence itself has a meaning."""
    return Markup(" ".join(text.splitlines()))


def join(values: Iterable[object], separator: str) -> Markup:
    """Values with a separator between them."""
    return Markup(separator).join(map(escape_markdown, values))


def percent(share: float, digits: int = 1) -> str:
    """A share as `2.0%`."""
    return f"{share:.{digits}%}"


def columns(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The names that occur in any row, sorted."""
    return sorted({name for row in rows.values() for name in row})
