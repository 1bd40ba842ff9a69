"""The API for scripts and threads.

Generated from `async_client.py` by `make client`; changes made by hand are lost.
"""
# ruff: noqa: UP028

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self

import httpx2

from roentgen_client.calls import (
    ANSWER_TIMEOUT_S,
    LIMITS,
    Answer,
    Call,
    address_of,
    headers_of,
    instance_call,
    json_object,
    lost,
    parsed,
    quoted,
    refusal,
    wait_s,
)
from roentgen_client.champion_order import ChampionOrder
from roentgen_client.errors import JobTimeout, NoConnection, RoentgenError
from roentgen_client.files import File, part_of
from roentgen_client.lines import Lines
from roentgen_client.models import (
    BatchResult,
    Feedback,
    Job,
    JobList,
    ModelDetail,
    ModelList,
    ModelSummary,
    Prediction,
    PredictionPage,
    Promoted,
    RowPrediction,
    RowReport,
    RowsAnswer,
    SamplePage,
    SampleSummary,
    SiteReport,
    Status,
    TaskList,
    UploadResult,
)
from roentgen_client.retries import Retries


class Client:
    """A server, and one task there.

    Every method raises: ApiError with the server's sentence, NoConnection, UnexpectedAnswer; those
    that send files OSError too. Files are read from the disk a piece at a time while they are sent.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        task: str | None = None,
        timeout_s: float = ANSWER_TIMEOUT_S,
        retries: Retries | None = None,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is asked yet.

        Args:
            base_url: None: `ROENTGEN_API_URL`, or port 8000 of this machine.
            api_key: None: `ROENTGEN_API_KEY`, or no key.
            task: its name; None: the server's default task.
            timeout_s: the longest silence of the server; uploads, batches and checks have more.
            retries: how busy servers and lost connections are met.
            transport: how requests travel.
            sleep: waits between tries, and between looks at a job.

        Raises: ValueError.
        """
        self._address = address_of(base_url, task)
        self._timeout_s, self._sleep = timeout_s, sleep
        self._retries, self._order = retries or Retries(), ChampionOrder()
        # A proxy of this machine's environment does not know the way back to this machine.
        self._http = httpx2.Client(
            headers=headers_of(api_key),
            trust_env=not self._address.is_local,
            transport=transport,
            limits=LIMITS,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def predict(
        self,
        film: File,
        *,
        explain: bool = False,
        operating_point: str | None = None,
        prevalence: float | None = None,
        source: str | None = None,
    ) -> Prediction:
        """The answer about one film; it is stored.

        Asked again where the server is busy or the connection was lost: stored twice at worst.
        """
        call = Call(
            method="POST",
            path="/predict",
            params={
                "explain": explain,
                "operating_point": operating_point,
                "prevalence": prevalence,
                "source": source,
            },
            parts=(("file", part_of(film, name="film")),),
            repeat="always",
        )
        return self._ask(call, Prediction)

    def predict_batch(
        self,
        films: Iterable[File],
        *,
        operating_point: str | None = None,
        prevalence: float | None = None,
        source: str | None = None,
    ) -> Generator[BatchResult, None, None]:
        """The results of films or ZIPs of films, each as soon as it and those before are there.

        The request is made when the first is asked for. Asked again only if it was refused as a
        whole. Closed early, it stops the server's work.

        Raises: ValueError if there is no film; NoConnection half-way, with what came before kept.
        """
        parts = tuple(("files", part_of(film, name="film")) for film in films)
        if not parts:
            raise ValueError("There is no film to ask about; name at least one.")
        call = Call(
            method="POST",
            path="/predict/batch",
            params={
                "operating_point": operating_point,
                "prevalence": prevalence,
                "source": source,
            },
            parts=parts,
            accept="application/x-ndjson",
            repeat="refused",
            is_long=True,
        )
        with closing(self._lines(call)) as lines:
            for line in lines:
                yield parsed(BatchResult, line, self._address.url)

    def predict_row(self, row: Mapping[str, float]) -> RowPrediction:
        """The answer about one row of a task of tables: a number for each feature.

        Asked again like `predict`.
        """
        call = Call(method="POST", path="/predict", json=dict(row), repeat="always")
        return self._ask(call, RowPrediction)

    def predict_table(self, csv: str) -> RowsAnswer:
        """The results of a CSV's lines, for a task of tables. Asked again like a batch."""
        call = Call(
            method="POST",
            path="/predict/batch",
            table=csv.encode(),
            repeat="refused",
            is_long=True,
        )
        return self._ask(call, RowsAnswer)

    def predictions(
        self,
        *,
        limit: int = 50,
        before: str | None = None,
        name: str | None = None,
        decision: Literal["negative", "positive", "accept", "refer"] | None = None,
        label: str | None = None,
        version: str | None = None,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> PredictionPage:
        """Stored answers that fit, newest first; `before` is what the page before ended with."""
        call = Call(
            method="GET",
            path="/predictions",
            params={
                "limit": limit,
                "before": before,
                "name": name,
                "decision": decision,
                "label": label,
                "version": version,
                "source": source,
                "since": since,
                "until": until,
            },
            repeat="always",
        )
        return self._ask(call, PredictionPage)

    def prediction(
        self, prediction_id: str, *, explain: bool = False, prevalence: float | None = None
    ) -> Prediction:
        """One stored answer; with `prevalence` as it would be for that share of films with a
        finding, without the film."""
        path = f"/predictions/{quoted(prediction_id)}"
        params = {"explain": explain, "prevalence": prevalence}
        call = Call(method="GET", path=path, params=params, repeat="always")
        return self._ask(call, Prediction)

    def heatmap(
        self,
        prediction_id: str,
        *,
        label: str | None = None,
        width: int | None = None,
        height: int | None = None,
    ) -> bytes:
        """Where the evidence for a class lies, as PNG with an alpha channel; sizes in pixels."""
        call = Call(
            method="GET",
            path=f"/predictions/{quoted(prediction_id)}/heatmap.png",
            params={"label": label, "width": width, "height": height},
            accept="image/png",
            repeat="always",
        )
        return self._content(call)

    def report(self, prediction_id: str) -> bytes:
        """A stored answer as a DICOM structured report, a file for an archive.

        It joins the study of its film where the server stores the film's UIDs
        (`ROENTGEN_DICOM_LINKS`); else it is a study of its own, without a patient.
        """
        return self._content(instance_call(prediction_id, "report.dcm"))

    def secondary_capture(self, prediction_id: str) -> bytes:
        """The film with its heat map, as DICOM; see `report`. Only of a film that was kept."""
        return self._content(instance_call(prediction_id, "secondary.dcm"))

    def fhir(self, prediction_id: str) -> dict[str, Any]:
        """A stored answer as a FHIR R4 bundle, parsed."""
        call = Call(
            method="GET",
            path=f"/predictions/{quoted(prediction_id)}",
            accept="application/fhir+json",
            repeat="always",
        )
        return json_object(self._content(call), self._address.url)

    def feedback(
        self, prediction_id: str, label: str, *, remark: str = "", blinded: bool = False
    ) -> Feedback:
        """Say what a film did show; `blinded`: without having seen the answer.

        Never asked again by itself.
        """
        call = Call(
            method="POST",
            path=f"/predictions/{quoted(prediction_id)}/feedback",
            json={"label": label, "remark": remark} | ({"blinded": True} if blinded else {}),
        )
        return self._ask(call, Feedback)

    def evaluate(
        self, archive: File, *, model: str | None = None, operating_point: str | None = None
    ) -> SiteReport:
        """Measure a version on a ZIP of class folders; takes up to minutes.

        Asked again like a batch.
        """
        call = Call(
            method="POST",
            path="/evaluate",
            params={"model": model, "operating_point": operating_point},
            parts=(("file", part_of(archive, name="films.zip")),),
            repeat="refused",
            is_long=True,
        )
        return self._ask(call, SiteReport)

    def evaluate_table(self, table: File, *, model: str | None = None) -> RowReport:
        """The same with a CSV that has a column of classes, for a task of tables."""
        call = Call(
            method="POST",
            path="/evaluate",
            params={"model": model},
            parts=(("file", part_of(table, name="table.csv")),),
            repeat="refused",
            is_long=True,
        )
        return self._ask(call, RowReport)

    def upload(
        self,
        files: Iterable[File],
        *,
        label: str | None = None,
        patient_id: str | None = None,
        source: str | None = None,
    ) -> UploadResult:
        """Add training films of one class, or (without a label) ZIPs of class folders.

        Never asked again by itself; sent twice, films are told to be duplicates.

        Raises: ValueError if there is no file.
        """
        parts = tuple(("files", part_of(file, name="film")) for file in files)
        if not parts:
            raise ValueError("There is no file to upload; name at least one.")
        call = Call(
            method="POST",
            path="/upload-data",
            form={"label": label, "patient_id": patient_id, "source": source},
            parts=parts,
            is_long=True,
        )
        return self._ask(call, UploadResult)

    def samples(
        self,
        *,
        limit: int = 50,
        after: str | None = None,
        label: str | None = None,
        source: str | None = None,
        part: Literal["train", "holdout"] | None = None,
        origin: Literal["upload", "import", "folder", "feedback"] | None = None,
        disputed: bool | None = None,
        added_by: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> SamplePage:
        """Training films that fit; `after` is the SHA-256 that the page before ended with."""
        call = Call(
            method="GET",
            path="/samples",
            params={
                "limit": limit,
                "after": after,
                "label": label,
                "source": source,
                "part": part,
                "origin": origin,
                "disputed": disputed,
                "added_by": added_by,
                "since": since,
                "until": until,
            },
            repeat="always",
        )
        return self._ask(call, SamplePage)

    def samples_summary(self) -> SampleSummary:
        """How many training films there are, and what they are like."""
        return self._look("/samples/summary", SampleSummary)

    def retrain(self) -> Job:
        """Begin a retraining. Never asked again by itself.

        Raises: Conflict if one runs; Invalid with the counts if there are too few films.
        """
        return self._ask(Call(method="POST", path="/retrain"), Job)

    def jobs(self) -> list[Job]:
        """Retrainings, newest first."""
        answer = self._look("/retrain", JobList)
        return answer.jobs

    def job(self, job_id: str) -> Job:
        """One retraining, as it stands."""
        return self._look(f"/retrain/{quoted(job_id)}", Job)

    def cancel(self, job_id: str) -> Job:
        """End a retraining. Never asked again by itself."""
        return self._ask(Call(method="DELETE", path=f"/retrain/{quoted(job_id)}"), Job)

    def wait_for_job(
        self,
        job: Job | str,
        *,
        poll_s: float = 2.0,
        timeout_s: float | None = None,
        progress: Callable[[Job], None] | None = None,
    ) -> Job:
        """The retraining once it has ended, however it did: `state` and `reason` say.

        Args:
            job: it, or its id.
            poll_s: seconds between two looks.
            timeout_s: seconds until JobTimeout is raised; None: never. The job goes on.
            progress: is given the job at each look.
        """
        job_id = job if isinstance(job, str) else job.id
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            seen = self.job(job_id)
            if progress:
                progress(seen)
            if seen.finished_at is not None:
                return seen
            if deadline is not None and time.monotonic() + poll_s > deadline:
                raise JobTimeout(seen, timeout_s or 0.0)
            self._sleep(poll_s)

    def models(self) -> ModelList:
        """All versions, and which of them answers."""
        return self._look("/models", ModelList)

    def model(self, version: str) -> ModelDetail:
        """One version."""
        return self._look(f"/models/{quoted(version)}", ModelDetail)

    def promote(self, version: str, *, reason: str, source: str | None = None) -> Promoted:
        """Let a version answer everybody, or one site alone. Never asked again by itself."""
        call = Call(
            method="POST",
            path=f"/models/{quoted(version)}/promote",
            params={"source": source},
            json={"reason": reason},
        )
        return self._ask(call, Promoted)

    def rollback(
        self,
        *,
        from_version: str | None = None,
        reason: str | None = None,
        source: str | None = None,
    ) -> ModelSummary:
        """Let the version before answer again. Never asked again by itself.

        `from_version` is the one that is to go: Conflict if it is another by now.
        """
        sent = {"from_version": from_version, "reason": reason}
        call = Call(
            method="POST",
            path="/models/rollback",
            params={"source": source},
            json={key: value for key, value in sent.items() if value is not None},
        )
        return self._ask(call, ModelSummary)

    def status(self) -> Status:
        """How the service is."""
        return self._look("/status", Status)

    def tasks(self) -> TaskList:
        """What the server answers, whichever task this client is about."""
        call = Call(method="GET", path="/tasks", repeat="always", of_server=True)
        return self._ask(call, TaskList)

    def _look(self, path: str, kind: type[Answer]) -> Answer:
        return self._ask(Call(method="GET", path=path, repeat="always"), kind)

    def _ask(self, call: Call, kind: type[Answer]) -> Answer:
        return parsed(kind, self._content(call), self._address.url)

    def _content(self, call: Call) -> bytes:
        response = self._send(call, stream=False)
        return response.content

    def _lines(self, call: Call) -> Generator[bytes, None, None]:
        """The lines of an answer, as they come."""
        response = self._send(call, stream=True)
        lines = Lines()
        try:
            for piece in response.iter_bytes():
                for line in lines.feed(piece):
                    yield line
            if lines.rest.strip():
                yield lines.rest
        except (httpx2.TransportError, httpx2.DecodingError) as exc:
            raise lost(exc, self._address.url) from exc
        finally:
            response.close()

    def _send(self, call: Call, *, stream: bool) -> httpx2.Response:
        """An answer of success; one that is streamed has only begun."""
        tried = 1
        try:
            while True:
                answer = self._try(call, stream=stream)
                if isinstance(answer, httpx2.Response):
                    return answer
                pause_s = wait_s(self._retries, call, tried, answer)
                if pause_s is None:
                    raise answer
                self._sleep(pause_s)
                tried += 1
        finally:
            call.close()

    def _try(self, call: Call, *, stream: bool) -> httpx2.Response | RoentgenError:
        """An answer of success, or what came instead."""
        request = self._http.build_request(
            **self._address.arguments(call, self._timeout_s, self._order)
        )
        try:
            response = self._http.send(request, stream=stream)
            if not call.of_server:
                self._order.note(response.headers)
            if response.is_success:
                return response
            # Closes it too.
            response.read()
        except (httpx2.TransportError, httpx2.DecodingError) as exc:
            error: NoConnection = lost(exc, self._address.url)
            error.__cause__ = exc
            return error
        return refusal(response, self._address.url)
