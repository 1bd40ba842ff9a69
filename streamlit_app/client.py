"""The API over HTTP: typed answers, timeouts, and the server's own sentence in every error."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote, urlsplit

import requests

from api_types import (
    Activity,
    AlertList,
    AuditPage,
    AuthState,
    Card,
    DeletedSample,
    DeletedSamples,
    Drift,
    Feedback,
    FeedbackTakenBack,
    Intake,
    IntakeTopic,
    Job,
    Key,
    KeyCreated,
    Me,
    ModelList,
    ModelSummary,
    Prediction,
    PredictionPage,
    Privacy,
    Promoted,
    Quality,
    ReadingAgreement,
    RetrainingPlan,
    ReviewQueue,
    Right,
    Role,
    RowPrediction,
    RowReport,
    SampleDetail,
    SamplePage,
    SampleSummary,
    ShadowReport,
    SiteDetail,
    SiteReport,
    Status,
    StreamDetail,
    TableCard,
    TaskList,
    UnexpectedErrors,
    UploadResult,
    User,
)

DEFAULT_URL = "http://127.0.0.1:8000"
NOT_FOUND = 404
CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 15.0
UPLOAD_TIMEOUT_S = 600.0
# The API gives a check a quarter of an hour.
CHECK_TIMEOUT_S = 960.0
SESSION_COOKIES = ("roentgen_session", "__Host-roentgen_session")
File = tuple[str, bytes]


class ApiError(Exception):
    """The API refused, and said why."""

    def __init__(
        self, detail: str, *, status: int, errors: Sequence[dict[str, str]] = (), job: str = ""
    ) -> None:
        super().__init__(detail)
        self.status, self.errors, self.job = status, tuple(errors), job


class ApiDown(Exception):
    """The API cannot be reached, or does not answer in time."""


class RoentgenClient:
    """One user's connection to the API, about one task; None: the server's default one.

    Every method raises: ApiError with the server's sentence, or ApiDown.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        task: str | None = None,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self.task = task
        # What says for whom it asks.
        self.identity: dict[str, str] = {}
        self._root = f"/tasks/{quote(task, safe='')}" if task else ""
        self.base_url = (base_url or os.environ.get("ROENTGEN_API_URL") or DEFAULT_URL).rstrip("/")
        self._timeout_s = timeout_s
        self._session = requests.Session()
        # A kept connection may be closed by the server in the moment it is used again.
        self._session.headers["Connection"] = "close"
        # A proxy of this machine's environment does not know the way back to this machine.
        local = urlsplit(self.base_url).hostname in {"127.0.0.1", "localhost", "::1"}
        self._session.trust_env = not local

    def users(self) -> list[User]:
        """Who may log in; for admins, as all that follows."""
        return cast(list[User], self._json("GET", "/users", of_server=True)["users"])

    def add_user(self, name: str, role: Role, password: str) -> User:
        sent = {"name": name, "role": role, "password": password}
        return cast(User, self._json("POST", "/users", json=sent, of_server=True))

    def change_user(
        self, name: str, *, role: Role | None = None, password: str | None = None
    ) -> User:
        """Another role, or another password, which ends their sessions."""
        sent = {"role": role, "password": password}
        sent = {key: value for key, value in sent.items() if value is not None}
        return cast(User, self._json("PATCH", _user_path(name), json=sent, of_server=True))

    def remove_user(self, name: str) -> None:
        self._call("DELETE", _user_path(name), of_server=True)

    def keys(self) -> list[Key]:
        return cast(list[Key], self._json("GET", "/keys", of_server=True)["keys"])

    def add_key(
        self, name: str, rights: Sequence[Right], *, site: str | None, days: float | None
    ) -> KeyCreated:
        """A new key, which is in the answer this once."""
        sent = {"name": name, "rights": list(rights), "site": site, "expires_in_days": days}
        return cast(KeyCreated, self._json("POST", "/keys", json=sent, of_server=True))

    def revoke_key(self, name: str) -> None:
        self._call("DELETE", f"/keys/{quote(name, safe='')}", of_server=True)

    def audit(self, *, limit: int) -> AuditPage:
        """The newest entries of the log of changes."""
        params = {"limit": limit}
        return cast(AuditPage, self._json("GET", "/audit", params=params, of_server=True))

    def auth_state(self) -> AuthState:
        """Who needs to log in, and whether anybody can yet."""
        return cast(AuthState, self._json("GET", "/auth", of_server=True))

    def me(self) -> Me:
        """Who the server takes this client for."""
        return cast(Me, self._json("GET", "/auth/me", of_server=True))

    def log_in(self, name: str, password: str) -> str:
        """Begin a session; returns its token."""
        return self._session_from("/auth/login", name=name, password=password)

    def exchange(self, code: str) -> str:
        """Begin the session of somebody who comes from the provider; returns its token."""
        return self._session_from("/auth/oidc/exchange", code=code)

    def add_first_user(self, token: str, name: str, password: str) -> str:
        """Make the first user with the server's one-time token; returns their session's token."""
        return self._session_from("/auth/first-user", token=token, name=name, password=password)

    def log_out(self, *, everywhere: bool) -> None:
        """End the session, or all of this user."""
        params = {"everywhere": str(everywhere).lower()}
        self._call("POST", "/auth/logout", params=params, of_server=True)

    def change_password(self, current: str, new: str) -> None:
        sent = {"current": current, "new": new}
        self._call("POST", "/auth/password", json=sent, of_server=True)

    def tasks(self) -> TaskList:
        """All tasks that the server has, whichever this client is about."""
        return cast(TaskList, self._json("GET", "/tasks", of_server=True))

    def status(self) -> Status:
        return cast(Status, self._json("GET", "/status"))

    def privacy(self) -> Privacy:
        """What the server keeps, of all tasks."""
        return cast(Privacy, self._json("GET", "/privacy", of_server=True))

    def activity(self, *, window_minutes: int) -> Activity:
        params = {"window_minutes": window_minutes}
        return cast(Activity, self._json("GET", "/status/activity", params=params))

    def streams(self) -> list[StreamDetail]:
        return cast(list[StreamDetail], self._json("GET", "/status/streams"))

    def unexpected_errors(self, *, limit: int) -> UnexpectedErrors:
        """Those of the server's processes, whichever task this client is about."""
        params = {"limit": limit}
        return cast(UnexpectedErrors, self._json("GET", "/errors", params=params, of_server=True))

    def alerts(self) -> AlertList:
        """Of the server and all its tasks."""
        return cast(AlertList, self._json("GET", "/alerts", of_server=True))

    def silence_alert(self, name: str, *, until: datetime, why: str, task: str | None) -> None:
        """Have no messages about an alert sent until then, for one task or for all."""
        sent = {"until": until.isoformat(), "why": why, "task": task}
        self._call("POST", _silence_path(name), json=sent, of_server=True)

    def end_silence(self, name: str, *, task: str | None) -> None:
        self._call("DELETE", _silence_path(name), params={"task": task}, of_server=True)

    def drift(self) -> Drift:
        return cast(Drift, self._json("GET", "/status/drift"))

    def quality(self) -> Quality:
        return cast(Quality, self._json("GET", "/status/quality"))

    def predict(
        self,
        filename: str,
        content: bytes,
        *,
        operating_point: str | None = None,
        prevalence: float | None = None,
        source: str | None = None,
    ) -> Prediction:
        """The answer about a film, with its explanation; what is None is left to the server."""
        params = {
            "explain": "true",
            "operating_point": operating_point,
            "prevalence": prevalence,
            "source": source,
        }
        files = {"file": (filename, content)}
        return cast(Prediction, self._json("POST", "/predict", params=params, files=files))

    def prediction(self, prediction_id: str) -> Prediction:
        """A stored answer, with its explanation where it has one."""
        path = f"/predictions/{quote(prediction_id, safe='')}"
        try:
            return cast(Prediction, self._json("GET", path, params={"explain": "true"}))
        except ApiError as exc:
            if exc.status != NOT_FOUND:
                raise
            # Its heat map may be gone before it is.
            return cast(Prediction, self._json("GET", path))

    def predictions(self, *, limit: int, before: str | None, **wanted: str) -> PredictionPage:
        """Stored answers that fit, newest first."""
        params = {"limit": limit, "before": before, **wanted}
        return cast(PredictionPage, self._json("GET", "/predictions", params=params))

    def predict_row(self, fields: Mapping[str, float]) -> RowPrediction:
        """The answer about one row of a task of tables."""
        return cast(RowPrediction, self._json("POST", "/predict", json=dict(fields)))

    def predict_table(self, filename: str, content: bytes) -> str:
        """The answers about a CSV, as a CSV."""
        return self._call(
            "POST",
            "/predict/batch",
            files={"files": (filename, content)},
            headers={"Accept": "text/csv"},
            timeout_s=UPLOAD_TIMEOUT_S,
        ).text

    def preview(self, filename: str, content: bytes, *, side_px: int) -> bytes:
        """A film as the server reads it, as PNG of at most so many pixels a side."""
        files = {"file": (filename, content)}
        return self._call("POST", "/preview", params={"side_px": side_px}, files=files).content

    def heat_map(self, prediction_id: str, *, label: str, width: int, height: int) -> bytes:
        """Where the evidence for a class lies, as RGBA PNG to stretch over the whole film."""
        path = f"/predictions/{quote(prediction_id, safe='')}/heatmap.png"
        params = {"label": label, "width": width, "height": height}
        return self._call("GET", path, params=params).content

    def upload(self, files: Sequence[File], *, label: str | None = None) -> UploadResult:
        """Send training films of one class, or (without a label) a ZIP of class folders."""
        answer = self._json(
            "POST",
            "/upload-data",
            data={} if label is None else {"label": label},
            files=[("files", file) for file in files],
            timeout_s=UPLOAD_TIMEOUT_S,
        )
        return cast(UploadResult, answer)

    def samples(self) -> SampleSummary:
        return cast(SampleSummary, self._json("GET", "/samples/summary"))

    def sample_page(self, *, limit: int, after: str | None, **wanted: str | bool) -> SamplePage:
        """Training films that fit, newest first."""
        params = {"limit": limit, "after": after} | {k: _query(v) for k, v in wanted.items()}
        return cast(SamplePage, self._json("GET", "/samples", params=params))

    def sample(self, sha256: str) -> SampleDetail:
        return cast(SampleDetail, self._json("GET", _sample_path(sha256)))

    def relabel(self, sha256: str, *, label: str, remark: str) -> SampleDetail:
        """Give a training film its class, and so end a dispute about it."""
        sent = {"label": label, "remark": remark}
        return cast(SampleDetail, self._json("PATCH", _sample_path(sha256), json=sent))

    def delete_sample(self, sha256: str, *, remark: str, restorable: bool) -> None:
        """Delete a training film; one that is restorable can come back for a day."""
        params = {"remark": remark, "restorable": _query(restorable)}
        self._call("DELETE", _sample_path(sha256), params=params)

    def deleted_samples(self) -> list[DeletedSample]:
        """Those that can come back, the newest deletion first."""
        return cast(DeletedSamples, self._json("GET", "/samples/deleted"))["samples"]

    def restore_sample(self, sha256: str) -> SampleDetail:
        return cast(SampleDetail, self._json("POST", f"{_sample_path(sha256)}/restore"))

    def thumbnail(self, sha256: str, *, side_px: int | None = None) -> bytes:
        """A picture of a training film, at most so many pixels a side; None: small."""
        path = f"{_sample_path(sha256)}/thumbnail.png"
        return self._call("GET", path, params={"side_px": side_px}).content

    def retraining_plan(self) -> RetrainingPlan:
        """What a retraining would learn if it began now."""
        return cast(RetrainingPlan, self._json("GET", "/retrain/plan"))

    def start_retraining(self) -> Job:
        return cast(Job, self._json("POST", "/retrain"))

    def jobs(self) -> list[Job]:
        return cast(list[Job], self._json("GET", "/retrain")["jobs"])

    def cancel(self, job_id: str) -> Job:
        return cast(Job, self._json("DELETE", f"/retrain/{quote(job_id, safe='')}"))

    def models(self) -> ModelList:
        return cast(ModelList, self._json("GET", "/models"))

    def card(self, version: str) -> Card:
        return cast(Card, self._json("GET", f"/models/{quote(version, safe='')}/card"))

    def table_card(self, version: str) -> TableCard:
        """The card of a version of a task of tables."""
        path = f"/models/{quote(version, safe='')}/card"
        return cast(TableCard, self._json("GET", path))

    def weights(self, version: str) -> bytes:
        path = f"/models/{quote(version, safe='')}/model.h5"
        return self._call("GET", path, timeout_s=UPLOAD_TIMEOUT_S).content

    def evaluate(self, archive: File, *, model: str, operating_point: str | None) -> SiteReport:
        """Measure a version on a ZIP of class folders; takes up to minutes."""
        params = {"model": model, "operating_point": operating_point}
        answer = self._json(
            "POST", "/evaluate", params=params, files={"file": archive}, timeout_s=CHECK_TIMEOUT_S
        )
        return cast(SiteReport, answer)

    def evaluate_rows(self, table: File, *, model: str) -> RowReport:
        """Measure a version on a table with a column of classes."""
        params = {"model": model}
        answer = self._json(
            "POST", "/evaluate", params=params, files={"file": table}, timeout_s=CHECK_TIMEOUT_S
        )
        return cast(RowReport, answer)

    def make_site_profile(
        self, name: str, *, check: str, prevalence: float | None, reason: str, force: bool
    ) -> SiteDetail:
        """Decide about a site's films by what a finished check found."""
        params = {"check": check, "prevalence": prevalence, "reason": reason or None}
        forced = {"force": "true"} if force else {}
        answer = self._json("POST", f"/sites/{quote(name, safe='')}", params=params | forced)
        return cast(SiteDetail, answer)

    def undo_site_profile(self, name: str, *, profile: str | None, reason: str) -> SiteDetail:
        """One step back from this profile, however often it is clicked."""
        params = {"profile": profile, "reason": reason or None}
        return cast(
            SiteDetail, self._json("DELETE", f"/sites/{quote(name, safe='')}", params=params)
        )

    def site(self, name: str) -> SiteDetail:
        return cast(SiteDetail, self._json("GET", f"/sites/{quote(name, safe='')}"))

    def review(self, *, limit: int, **wanted: str | bool | None) -> ReviewQueue:
        """Answers that wait for a word, those most worth a look first."""
        params = {"limit": limit} | {k: _query(v) for k, v in wanted.items()}
        return cast(ReviewQueue, self._json("GET", "/review", params=params))

    def reading_agreement(self) -> ReadingAgreement:
        """How far people agree who read the same films, and each with the model."""
        return cast(ReadingAgreement, self._json("GET", "/review/agreement"))

    def film_of(self, prediction_id: str, *, side_px: int | None = None) -> bytes:
        """A kept film as PNG, of at most so many pixels a side; None: the server's choice."""
        path = f"/predictions/{quote(prediction_id, safe='')}/film.png"
        return self._call("GET", path, params={"side_px": side_px}).content

    def archive_file(self, prediction_id: str, name: str, *, accept: str) -> bytes:
        """A stored answer for other systems: `report.dcm`, `secondary.dcm`, or else the answer
        itself in the form that is accepted."""
        path = f"/predictions/{quote(prediction_id, safe='')}"
        path += f"/{name}" if name.endswith(".dcm") else ""
        return self._call("GET", path, headers={"Accept": accept}).content

    def delete_prediction(self, prediction_id: str) -> None:
        """Erase an answer with all that was kept of it."""
        self._call("DELETE", f"/predictions/{quote(prediction_id, safe='')}")

    def give_feedback(
        self, prediction_id: str, *, label: str, remark: str, blinded: bool = False
    ) -> Feedback:
        """Say what a film shows; `blinded`: whoever says it has not seen the answer."""
        sent = {"label": label, "remark": remark} | ({"blinded": True} if blinded else {})
        return cast(Feedback, self._json("POST", _feedback_path(prediction_id), json=sent))

    def take_back_feedback(self, prediction_id: str) -> FeedbackTakenBack:
        """Take back one's own newest word about an answer."""
        return cast(FeedbackTakenBack, self._json("DELETE", _feedback_path(prediction_id)))

    def intake_topics(self) -> list[IntakeTopic]:
        return cast(list[IntakeTopic], self._json("GET", "/intake")["topics"])

    def start_intake(self, topic: str, *, prediction_id: str | None) -> Intake:
        """Begin guided questions, beside an answer about an image or alone."""
        sent = {"prediction_id": prediction_id}
        return cast(Intake, self._json("POST", f"/intake/{quote(topic, safe='')}", json=sent))

    def intake(self, topic: str, intake_id: str) -> Intake:
        return cast(Intake, self._json("GET", _intake_path(topic, intake_id)))

    def answer_intake(self, intake: Intake, question: str, answer: str | int) -> Intake:
        """Answer the question that is asked, or an earlier one."""
        path = _intake_path(intake["topic"], intake["id"])
        sent = {"question": question, "answer": answer}
        return cast(Intake, self._json("POST", path, json=sent))

    def delete_intake(self, intake: Intake) -> None:
        self._call("DELETE", _intake_path(intake["topic"], intake["id"]))

    def intakes_beside(self, prediction_id: str) -> list[Intake]:
        """Those beside an answer about an image, newest first."""
        path = f"/predictions/{quote(prediction_id, safe='')}/intakes"
        return cast(list[Intake], self._json("GET", path)["intakes"])

    def shadow(self, version: str) -> ShadowReport:
        return cast(ShadowReport, self._json("GET", _shadow_path(version)))

    def start_shadow(self, version: str) -> ShadowReport:
        return cast(ShadowReport, self._json("POST", _shadow_path(version)))

    def stop_shadow(self, version: str) -> ShadowReport:
        return cast(ShadowReport, self._json("DELETE", _shadow_path(version)))

    def promote(self, version: str, *, reason: str, site: str | None = None) -> Promoted:
        """Let a version answer everybody, or one site alone."""
        path = f"/models/{quote(version, safe='')}/promote"
        sent = {"params": {"source": site}, "json": {"reason": reason}}
        return cast(Promoted, self._json("POST", path, **sent))

    def roll_back(
        self, *, from_version: str | None, reason: str, site: str | None = None
    ) -> ModelSummary:
        """One step back from a champion, or from a site's version, however often it is clicked."""
        options = {"reason": reason, "from_version": from_version}
        sent = {"params": {"source": site}, "json": options}
        return cast(ModelSummary, self._json("POST", "/models/rollback", **sent))

    def _session_from(self, path: str, **sent: str) -> str:
        """The token of a session that begins: the server gives it as a cookie alone."""
        response = self._call("POST", path, json=sent, of_server=True)
        # It is sent as a header from now on, for one person; the jar is the whole client's.
        self._session.cookies.clear()
        for cookie in response.cookies:
            if cookie.name in SESSION_COOKIES and cookie.value:
                return cookie.value
        raise ApiDown(f"{self.base_url} began no session; is there a proxy that drops cookies?")

    def _json(self, method: str, path: str, **arguments: Any) -> Any:
        response = self._call(method, path, **arguments)
        try:
            return response.json()
        except requests.JSONDecodeError as exc:
            raise ApiDown(
                f"{self.base_url} answers, but not as a Roentgen API; check ROENTGEN_API_URL."
            ) from exc

    def _call(
        self,
        method: str,
        path: str,
        *,
        timeout_s: float | None = None,
        of_server: bool = False,
        **arguments: Any,
    ) -> requests.Response:
        limit_s = timeout_s or self._timeout_s
        url = self.base_url + ("" if of_server else self._root) + path
        headers = {**arguments.pop("headers", {}), **self.identity}
        try:
            response = self._session.request(
                method, url, timeout=(CONNECT_TIMEOUT_S, limit_s), headers=headers, **arguments
            )
        except requests.ReadTimeout as exc:
            raise ApiDown(
                f"The API at {self.base_url} did not answer within {limit_s:g} s; it may be busy. "
                "Try again in a moment."
            ) from exc
        except requests.RequestException as exc:
            raise ApiDown(
                f"The API at {self.base_url} cannot be reached. Start it with `make run` or "
                "`uvicorn api.main:app --host 0.0.0.0 --port 8000`, and check ROENTGEN_API_URL."
            ) from exc
        if not response.ok:
            raise _error(response)
        return response


def _shadow_path(version: str) -> str:
    return f"/models/{quote(version, safe='')}/shadow"


def _intake_path(topic: str, intake_id: str) -> str:
    return f"/intake/{quote(topic, safe='')}/{quote(intake_id, safe='')}"


def _feedback_path(prediction_id: str) -> str:
    return f"/predictions/{quote(prediction_id, safe='')}/feedback"


def _sample_path(sha256: str) -> str:
    return f"/samples/{quote(sha256, safe='')}"


def _query(value: str | bool | None) -> str | None:
    """As the API reads it in an address."""
    return str(value).lower() if isinstance(value, bool) else value


def _user_path(name: str) -> str:
    return f"/users/{quote(name, safe='')}"


def _silence_path(name: str) -> str:
    return f"/alerts/{quote(name, safe='')}/silence"


def address_of(client: RoentgenClient) -> str:
    """What tells one API, one task and one person from another where answers are cached."""
    who = sorted(client.identity.items())
    return f"{client.base_url} {client.task or ''} {who}"


def _error(response: requests.Response) -> ApiError:
    try:
        problem = response.json()
    except requests.JSONDecodeError:
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    return ApiError(
        str(problem.get("detail") or f"The API answered {response.status_code} without a reason."),
        status=response.status_code,
        errors=problem.get("errors") or (),
        job=problem.get("job") or "",
    )
