"""What the API says to people, read from its source: every sentence, with `{…}` for its values.

The sentences stand where they are decided, in plain f-strings. The UI recognises them by the same
texts (`streamlit_app/language/api_sentences.py`), so whoever changes one changes its translation.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from api.web.problem_types import TITLES

API = Path(__file__).parents[2] / "api"
# Whose words reach a page. Others speak to programs, to logs, or to whoever runs a command.
SPEAKING = (
    "decision/decide.py", "decision/decide_row.py", "decision/reasons.py",
    "decision/site_rules.py", "decision/stream_shift/answer.py",
    "decision/stream_shift/features.py",
    "evaluation/gate", "evaluation/sites", "evaluation_runs",
    "inputs/images/quality.py", "inputs/images/formats.py", "inputs/images/decoding.py",
    "inputs/images/deidentification.py", "inputs/images/metadata_removal.py",
    "inputs/images/containers", "inputs/images/pixels", "inputs/images/tiff",
    "inputs/images/dicom", "inputs/tabular", "inputs/layout.py", "inputs/discovery.py",
    "model_card/sites/site_profile.py", "privacy/inventory", "web/routes/state/status.py",
    "jobs/crash_recovery.py", "jobs/launcher.py", "jobs/ray_jobs.py", "jobs/supervisor.py",
    "jobs/trainer_process.py",
    "jobs/triggers.py", "training/fitting/throttle.py", "training/pipelines/publish.py",
    "training/assessment/int8_acceptance.py", "training/assessment/out_of_distribution.py",
    "training/assessment/robustness.py", "training/resource_errors.py",
    "training/pipelines/retrain.py",
    "training/pipelines/sites/site_candidate.py", "training/pipelines/sites/site_versions.py",
    "training/pipelines/tables/retrain_table.py",
    "monitoring/alarms.py", "monitoring/quality.py", "monitoring/review.py",
    "monitoring/status.py", "web/responses/watching/drift_pages.py",
    "samples/archive", "samples/collection.py", "samples/erasing", "samples/outcome_reasons.py",
    "samples/requirements.py", "samples/upload.py", "files.py",
    "accounts/accounts.py", "accounts/credentials/passwords.py", "accounts/first_user.py",
    "accounts/names.py", "accounts/oidc.py", "accounts/single_sign_on.py",
    "serving/promotion.py", "serving/live.py", "serving/shadow.py",
    "serving/scheduling/compute.py", "serving/scheduling/memory_budget.py",
    "serving/scheduling/work_pool.py",
    "serving/processes/pool.py", "serving/sites/live_sites.py", "serving/sites/site_promotion.py",
    "registry/champion.py", "registry/store.py", "registry/sites/site_names.py",
    "registry/sites/site_profiles.py",
    "records/database_errors.py", "records/transactions.py", "records/servers/write_health.py",
    "records/retrainings/jobs.py", "records/accounts",
    "records/answers/predictions.py", "records/answers/intakes.py",
    "records/answers/prediction_writer.py", "records/training_images", "records/watching",
    "records/alerting", "training/data/splits.py", "training/pipelines/tables/train_table.py",
    "web/problems.py", "web/middleware/body_limit.py", "web/middleware/body_timeout.py",
    "web/middleware/authentication.py", "web/middleware/admission.py",
    "web/uploads/batch_files.py", "web/uploads/upload_form.py", "web/uploads/multipart_spool.py",
    "web/responses/stored_answers/images.py", "web/routes/answers/feedback.py",
    "web/routes/state/tasks.py", "web/routes/training/models.py",
    "web/routes/training/retrain_changes.py", "web/principals.py",
    "exports/on_request.py", "intake/intakes.py", "tasks/missing_model.py",
)  # fmt: skip
# Calls whose texts are for programs and logs.
SILENT = frozenset({
    "APIRouter", "AssertionError", "Body", "Column", "Counter", "Field", "Form", "Gauge", "Header",
    "Histogram", "KeyError", "Option", "Path", "Query", "RuntimeError", "TypeError", "UploadFile",
    "ValueError", "cast", "compile", "debug", "documented", "encode", "endswith", "error",
    "exception", "execute", "fullmatch", "get", "getLogger", "info", "log", "match", "partition",
    "removeprefix", "replace", "search", "setdefault", "split", "startswith", "strptime", "sub",
    "text", "warning",
})  # fmt: skip
# Single words that stand within sentences, which in the source look like any key; and marks that
# languages set differently.
WORDS = (
    "answers", "below", "checkpoints", "class", "counts", "decisions", "feedback", "film", "films",
    "intakes", "inverted", "labels", "model", "models", "new", "none", "nothing", "records",
    "remembered", "retrainings", "row", "rows", "sensitivity", "specificity", "was", "were",
    ";", ":",
)  # fmt: skip
# Titles of refusals that HTTP has, by every release of Python.
PHRASES = (
    "Conflict", "Forbidden", "Internal Server Error", "Not Found", "Service Unavailable",
    "Unauthorized", "Unprocessable Content", "Unprocessable Entity",
)  # fmt: skip
# Names of threads and packages, types, and words that stand in a log or in the API's documents.
OTHERS = frozenset({
    "Bearer {token}", "compute watch", "the password of nobody", "DCL Implode", "Flow | None",
    "POST {path}",
    "dict[str, SiteChampion]", "pylibjpeg pylibjpeg-openjpeg",
    "The weights, Keras HDF5.", "A compute process failed: {splitlines}", "status {status}",
})  # fmt: skip
# What are no words: a value, a command or a request.
_VALUE = re.compile(r"`[^`]*`|\{\w+\}")
_WORD = re.compile(r"[A-Za-z]{2}")
# A log line, a regular expression, SQL, a command, a media type.
_NO_SENTENCE = re.compile(r"%[sdrg.]|=\{|\\[dswb]|[a-z]=\"|^[A-Z0-9 ]+$|INSERT|SELECT|PRAGMA|exec ")


def sentences() -> list[str]:
    """Each once, in the order of the source."""
    found = [text for path in _files() for text in of_source(path.read_text(encoding="utf-8"))]
    texts = dict.fromkeys([*found, *WORDS, *_of_tasks(), *_of_alerts(), *TITLES.values(), *PHRASES])
    return [text for text in texts if text not in OTHERS]


def of_source(source: str) -> Iterator[str]:
    """The texts of a module that are made of words; f-strings with their values' names."""
    for text in _texts(ast.parse(source)):
        words = _VALUE.sub(" ", text)
        if " " in text and _WORD.search(words) and not _NO_SENTENCE.search(text):
            yield text


def _files() -> Iterator[Path]:
    for name in SPEAKING:
        path = API / name
        if not path.exists():
            raise FileNotFoundError(f"No module {name}, which SPEAKING lists")
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def _texts(node: ast.AST) -> Iterator[str]:
    """Of everything below a node but documentation, annotations and what nobody reads."""
    if isinstance(node, ast.Call) and _name(node.func) in SILENT:
        return
    if isinstance(node, ast.Compare):
        return
    if isinstance(node, ast.JoinedStr):
        yield _template(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        # A place that `str.format` fills later.
        yield re.sub(r"\{(\w+):[^}]*\}", r"{\1}", node.value)
    for child in _children(node):
        yield from _texts(child)


def _children(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, ast.JoinedStr):
        return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    children = ast.iter_child_nodes(node)
    if isinstance(node, ast.AnnAssign | ast.arg):
        return [child for child in children if child is not node.annotation]
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [child for child in children if not _is_docstring(child)]
    return children


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _template(text: ast.JoinedStr) -> str:
    """An f-string as `str.format` would take it, its values named by what they are made of."""
    parts, names = list[str](), list[str]()
    for part in text.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            names.append(_name(part.value).strip("_").lower() or "value")
            again = names.count(names[-1])
            parts.append(f"{{{names[-1]}{again if again > 1 else ''}}}")
    return "".join(parts)


def _name(node: ast.AST) -> str:
    """What a value is called: the last name of an attribute, the function of a call."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.Attribute(value=ast.Constant()), args=[first, *_]):
            return _name(first)  # ", ".join(names)
        case ast.Call(func=ast.Attribute(value=value, attr="capitalize" | "lower" | "mean")):
            return _name(value)
        case ast.Call(func=function):
            return _name(function)
        case _:
            inner = (each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute))
            return next((_name(each) for each in inner), "value")


def _of_tasks() -> Iterator[str]:
    """What a task's file says of itself, calls its inputs within a sentence, says of classes."""
    for path in sorted((API / "tasks").glob("*.toml")):
        task = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from (task[key] for key in ("title", "intended_use", "limits"))
        yield from task.get("failure_modes", ())
        wording = task["wording"]
        yield from (wording[key] for key in ("images", "unlike", "no_model") if key in wording)
        labels = [*task["classes"], *task.get("coarse_labels", ())]
        yield from (label["meaning"] for label in labels)


def _of_alerts() -> Iterator[str]:
    rules = tomllib.loads((API / "monitoring/alerts.toml").read_text(encoding="utf-8"))
    for rule in rules["alert"]:
        yield from (rule["says"], rule["do"])
