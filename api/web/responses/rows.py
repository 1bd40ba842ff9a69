"""Answering rows of a table: one or many as JSON, many as CSV."""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool

from api.errors import InvalidRequest, InvalidRow, TooLarge, UnsupportedFormat
from api.inputs.tabular.csv_table import CsvRow, read_csv
from api.inputs.tabular.rows import Row, parse_json, read_row
from api.kinds.table import table_card, table_task
from api.model_card.table_card import TableCard
from api.records.answers.predictions import PredictionRecord
from api.reports.spreadsheet import Cell, line
from api.services import Services
from api.serving.predictor import RecordingPredictor
from api.tasks.table_task import TableTask
from api.web.principals import principal_of
from api.web.problems import image_problem
from api.web.responses.client_disconnect import unless_disconnected
from api.web.responses.content_negotiation import CSV, JSON, negotiated_format
from api.web.schemas.answers.batch import ImageProblem
from api.web.schemas.answers.rows import RowPrediction, RowResult, RowsAnswer
from api.web.uploads.single_file import UploadedFile

PATH = "/predict"
# What decides about images, and means nothing about rows.
OF_IMAGES = ("explain", "operating_point", "prevalence")


@dataclass(frozen=True, slots=True)
class _RowPredictor:
    """Predicts rows of one task with one loaded version."""

    services: Services
    task: TableTask
    recording: RecordingPredictor

    @property
    def card(self) -> TableCard:
        return table_card(self.recording.predictor.card)

    async def alone(self, request: Request, row: Row, filename: str) -> RowPrediction:
        """The answer to the one row of a request, dropped when its client goes away."""
        compute = self.services.serving.compute
        recorded = await self.recording.predict(
            filename,
            lambda: row.to_bytes(self.task),
            run=lambda work: unless_disconnected(request, compute.submit(work)),
        )
        return shown(recorded.record)

    async def one_of_many(self, row: Row, filename: str) -> RowPrediction:
        """The answer to one row among others, on the share that batches have."""
        recorded = await self.recording.predict(
            filename, lambda: row.to_bytes(self.task), run=self.services.serving.batches.run
        )
        return shown(recorded.record)


async def answer_rows(request: Request, sent: UploadedFile, services: Services) -> Response:
    """What a task of tables answers to the body of `POST /predict` and `POST /predict/batch`.

    A JSON object has one answer, a list of objects a list of them; a CSV has a result for each
    line, as CSV or, where `Accept` prefers it, as JSON.

    Raises: RequestValidationError with an entry for each wrong field; InvalidRequest,
        InvalidUpload, TooLarge, UnsupportedFormat, ModelNotReady; what storing raises.
    """
    started = time.perf_counter()
    if given := [name for name in OF_IMAGES if name in request.query_params]:
        raise InvalidRequest(
            f"'{given[0]}' is for images; rows are decided as their model's card says."
        )
    task = table_task(services.task)
    actor = principal_of(request.scope).name
    predictor = _RowPredictor(services, task, services.predictor(actor=actor))
    if _is_csv(sent):
        return await _table(request, sent, predictor)
    fields = await run_in_threadpool(_parsed, sent.content)
    if isinstance(fields, list):
        rows = await run_in_threadpool(_list_of_rows, fields, task, _max_rows(services))
        answers = [answer async for answer in _answers(predictor, rows)]
        return _json("[" + ",".join(answers) + "]")
    answer = await predictor.alone(request, _checked(fields, task), sent.filename or "row")
    services.serving.latencies.add(since=started)
    return _json(answer.model_dump_json())


def shown(record: PredictionRecord) -> RowPrediction:
    """A stored answer as the outside sees it."""
    shared = {name: getattr(record, name) for name in SHARED}
    return RowPrediction.model_validate({**shared, "predicted_class": record.label})


SHARED = (
    "id", "filename", "confidence", "probabilities", "possible_labels", "decision", "causes",
    "reasons", "out_of_range", "model_version", "created_at", "timings",
)  # fmt: skip


def _is_csv(sent: UploadedFile) -> bool:
    """By what the sender says; of a file of a form by its name, or else by its first character.

    Raises: UnsupportedFormat.
    """
    if sent.media_type == JSON or sent.media_type.endswith("+json"):
        return False
    if not sent.media_type:
        name = sent.filename.casefold()
        is_json = name.endswith(".json") or sent.content[:100].lstrip()[:1] in (b"{", b"[")
        return name.endswith(".csv") or bool(name and not is_json)
    if sent.media_type in (CSV, "application/csv", "application/vnd.ms-excel"):
        return True
    raise UnsupportedFormat(
        f"Rows are sent as {JSON} or as {CSV}, not as '{sent.media_type[:100]}'; set Content-Type."
    )


def _max_rows(services: Services) -> int:
    return services.settings.max_batch_files


def _parsed(content: bytes) -> object:
    try:
        return parse_json(content)
    except InvalidRow as exc:
        raise RequestValidationError(_entries(exc)) from exc


def _checked(fields: object, task: TableTask) -> Row:
    try:
        return read_row(fields, task)
    except InvalidRow as exc:
        raise RequestValidationError(_entries(exc)) from exc


def _list_of_rows(fields: list[object], task: TableTask, max_rows: int) -> list[Row]:
    """All rows, or none: a wrong one refuses the list, with what is wrong in each."""
    if len(fields) > max_rows:
        raise TooLarge(
            f"The list holds {len(fields)} rows; at most {max_rows} are accepted at once. Send it "
            "in parts."
        )
    if not fields:
        raise InvalidRequest("The list is empty; send at least one row.")
    rows: list[Row] = []
    wrong: list[dict[str, Any]] = []
    for number, one in enumerate(fields):
        try:
            rows.append(read_row(one, task))
        except InvalidRow as exc:
            wrong += _entries(exc, number)
    if wrong:
        raise RequestValidationError(wrong)
    return rows


def _entries(exc: InvalidRow, *place: int) -> list[dict[str, Any]]:
    """What is wrong in a row, as the framework says it; `place`: the row's, in a list."""
    return [
        {
            "type": "value_error",
            "loc": ("body", *place, *(() if entry["field"] == "body" else (entry["field"],))),
            "msg": entry["message"],
        }
        for entry in exc.errors
    ]


async def _answers(predictor: _RowPredictor, rows: Sequence[Row]) -> AsyncGenerator[str, None]:
    async def answered(item: tuple[int, Row]) -> str:
        number, row = item
        return (await predictor.one_of_many(row, f"row {number}")).model_dump_json()

    batches = predictor.services.serving.batches
    async with aclosing(batches.in_order(answered, list(enumerate(rows, start=1)))) as results:
        async for result in results:
            yield result


async def _table(request: Request, sent: UploadedFile, predictor: _RowPredictor) -> Response:
    filename = sent.filename or "table.csv"
    services, task = predictor.services, predictor.task
    lines = await run_in_threadpool(
        read_csv, sent.content, task, filename=filename, max_rows=_max_rows(services)
    )

    async def answered(found: CsvRow) -> RowResult:
        try:
            if not isinstance(found.row, Row):
                raise found.row
            name = found.name or f"{filename}, line {found.line}"
            prediction = await predictor.one_of_many(found.row, name)
            return RowResult(line=found.line, name=found.name, prediction=prediction)
        except Exception as exc:  # noqa: BLE001 (the top of this row's work; it is logged there)
            problem = await run_in_threadpool(image_problem, services, exc, path=PATH)
        shown_problem = ImageProblem.model_validate(problem)
        return RowResult(line=found.line, name=found.name, problem=shown_problem)

    async with aclosing(services.serving.batches.in_order(answered, lines)) as stream:
        results = [result async for result in stream]
    if _wants_csv(request):
        return Response(_csv(results, predictor.card), media_type=f"{CSV}; charset=utf-8")
    count = sum(result.prediction is not None for result in results)
    whole = RowsAnswer(results=results, answered=count, refused=len(results) - count)
    return _json(whole.model_dump_json())


def _wants_csv(request: Request) -> bool:
    """A table is answered with a table, unless something else is preferred."""
    accept = request.headers.get("accept", "*/*")
    return accept == "*/*" or negotiated_format(accept) == CSV


def _csv(results: Sequence[RowResult], card: TableCard) -> str:
    heading = (
        *("line", "id", "predicted_class", "confidence", "decision", "causes", "out_of_range"),
        *(f"p_{name}" for name in card.classes),
        *("reasons", "model_version", "prediction_id", "status", "error"),
    )
    return line(heading) + "".join(line(_cells(result, card)) for result in results)


def _cells(result: RowResult, card: TableCard) -> list[Cell]:
    answer, problem = result.prediction, result.problem
    if answer is None:
        empty: list[Cell] = [None] * (len(card.classes) + 8)
        assert problem is not None
        return [result.line, result.name, *empty, problem.status, problem.detail]
    return [
        result.line,
        result.name,
        answer.predicted_class,
        round(answer.confidence, 6),
        answer.decision,
        "; ".join(answer.causes),
        "; ".join(answer.out_of_range),
        *(round(answer.probabilities[name], 6) for name in card.classes),
        " ".join(answer.reasons),
        answer.model_version,
        answer.id,
        200,
        None,
    ]


def _json(content: str) -> Response:
    return Response(content, media_type=JSON)
