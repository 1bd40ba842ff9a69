"""The forms in which a batch is answered, and which one a client wants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header
from starlette.exceptions import HTTPException

from api.reports.spreadsheet import answered_row, columns, line, refused_row
from api.web.schemas.answers.batch import BatchResult

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
FORMATS = (JSON, NDJSON, CSV)


@dataclass(frozen=True, slots=True)
class Format:
    """How an answer begins, what a film's result is in it, what comes between, how it ends."""

    media_type: str
    head: str
    result: Callable[[BatchResult], str]
    between: str
    tail: Callable[[int, int], str]


def format_of(media_type: str, classes: Sequence[str]) -> Format:
    """One of FORMS; `classes` have a column each where it is a table."""
    if media_type == CSV:
        head = line(columns(classes))
        return Format(f"{CSV}; charset=utf-8", head, lambda r: _row(r, classes), "", _nothing)
    if media_type == NDJSON:
        return Format(NDJSON, "", lambda r: r.model_dump_json() + "\n", "", _nothing)
    return Format(JSON, '{"results":[', BatchResult.model_dump_json, ",", _counts)


def negotiated_format(
    accept: Annotated[
        str, Header(description=f"{', '.join(FORMATS)}. Default: the first.")
    ] = "*/*",
) -> str:
    """The form that the header prefers. Raises: HTTPException 406 if it takes none of them."""
    best = preferred(accept, FORMATS)
    if best is None:
        raise HTTPException(406, f"The answer can be had as {', '.join(FORMATS)}; see 'Accept'.")
    return best


def preferred(accept: str, forms: Sequence[str]) -> str | None:
    """The form that the header `Accept` prefers, the first of equal ones; None: it takes none."""
    ranges = [_weighed(item) for item in accept.split(",") if item.strip()] or [("*/*", 1.0)]
    weighed = {form: _weight(form, ranges) for form in forms}
    best = max(forms, key=lambda form: weighed[form])
    return best if weighed[best] else None


NegotiatedFormat = Annotated[str, Depends(negotiated_format)]


def _weight(form: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Of the most specific range that covers the form; 0 if none does."""
    covering = (form, form.partition("/")[0] + "/*", "*/*")
    found = [(covering.index(name), weight) for name, weight in ranges if name in covering]
    return min(found)[1] if found else 0.0


def _weighed(item: str) -> tuple[str, float]:
    name, *parameters = (word.strip().lower() for word in item.split(";"))
    weights = [word[2:] for word in parameters if word.startswith("q=")]
    try:
        return name, float(weights[0]) if weights else 1.0
    except ValueError:
        return name, 1.0


def _row(result: BatchResult, classes: Sequence[str]) -> str:
    if result.prediction:
        return line(answered_row(result.filename, result.prediction.model_dump(), classes))
    problem = result.problem
    assert problem is not None
    return line(refused_row(result.filename, problem.detail, classes, status=problem.status))


def _counts(answered: int, refused: int) -> str:
    return f'],"answered":{answered},"refused":{refused}}}\n'


def _nothing(_answered: int, _refused: int) -> str:
    return ""
