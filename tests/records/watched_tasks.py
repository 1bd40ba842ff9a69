"""What is known beside a task's answers: who serves, what is watched, what was shown and fell due;
and what each function of these rooms is asked, see `test_tasks_apart`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from api.clock import now
from api.records.alerting import alerts, signal_values
from api.records.alerting.alerts import AlertChange, AlertChangeKind
from api.records.answers import answer_counts, answer_quality, predictions, shown
from api.records.champions import champion_moves, nodes
from api.records.champions.champion_moves import CHAMPION_ALIAS, AliasHead, MoveRecord
from api.records.champions.nodes import NodeReport, NodeState
from api.records.database import writing
from api.records.statistics import referral_samples
from api.records.training_images import corrections
from api.records.watching import drift_looks, shadows, streams
from api.records.watching.drift_looks import DriftLook
from api.records.watching.shadows import ShadowAnswer
from api.records.watching.streams import StreamRecord
from tests.records import stored_predictions

Question = Callable[[Engine, str], object]
FIRST = "pneumonia"
MOMENT = now()
YESTERDAY, SOON = MOMENT - timedelta(days=1), MOMENT + timedelta(days=1)
# Of the answers that both tasks have.
VERSION, SOURCE, IMAGE = "v1", "St. Anna", "0" * 64
MOVE = MoveRecord("v1", None, "promotion", MOMENT, "ann", "", (), "", None)
LOOK = DriftLook(MOMENT, VERSION, 5, True, [{"figures": [{"drifted": True}]}])
HOUR_S = 3600


def add_watched(engine: Engine, task: str) -> None:
    """A row in each of these tables. Expects answers of the task named `TASK 1` and so on."""
    watched = replace(
        stored_predictions.record(1),
        id=f"{task} watched",
        created_at=MOMENT - timedelta(minutes=1),
        decision="refer",
        actor="ann",
        shift_features=b"1",
    )
    predictions.add_all(engine, [(watched, None)], task=task)
    shown.note(engine, [IMAGE], reader="bob", task=task)
    champion_moves.append(engine, CHAMPION_ALIAS, MOVE, after=0, task=task)
    report = NodeReport(task, "v1", 1, ("v1", f"another of {task}"), NodeState.SERVING, "", MOMENT)
    nodes.report(engine, [report], node=f"node of {task}", worker=f"worker of {task}")
    drift_looks.add(engine, LOOK, task=task)
    shadows.start(engine, "v2", by="ann", task=task)
    answer = ShadowAnswer(f"{task} watched", "Normal", "negative", 0.1, 1.0)
    shadows.add(engine, "v2", [answer], dropped=1, failed=1, task=task)
    streams.save(engine, [StreamRecord(SOURCE, seen_to=1, shifted=True)], task=task)
    with writing(engine) as connection:
        alerts.save(connection, [], [AlertChange("drift", task, AlertChangeKind.FIRING, MOMENT)])


def _restart(engine: Engine, task: str) -> None:
    if shadows.stop(engine, "v2", task=task):
        shadows.start(engine, "v3", by="ann", task=task)


READS: dict[Callable[..., object], Question] = {
    signal_values.answers_by_label: lambda e, t: signal_values.answers_by_label(
        e, YESTERDAY, until=SOON, task=t
    ),
    signal_values.failed_in_a_row: lambda e, t: signal_values.failed_in_a_row(e, YESTERDAY, task=t),
    signal_values.newest_decisions: lambda e, t: signal_values.newest_decisions(
        e, YESTERDAY, task=t, limit=99
    ),
    signal_values.newest_prediction_at: lambda e, t: signal_values.newest_prediction_at(e, task=t),
    signal_values.shifted_sources: lambda e, t: signal_values.shifted_sources(e, task=t),
    alerts.firings_since: lambda e, t: alerts.firings_since(e, YESTERDAY, names=["drift"], task=t),
    answer_counts.failed: lambda e, t: answer_counts.failed(e, task=t, since=YESTERDAY),
    answer_counts.referred: lambda e, t: answer_counts.referred(e, VERSION, task=t),
    answer_quality.newest: lambda e, t: answer_quality.newest(
        e, VERSION, task=t, negative="Normal", limit=99
    ),
    shown.images_of: lambda e, t: shown.images_of(e, [f"{FIRST} 1"], task=t),
    shown.was_shown: lambda e, t: shown.was_shown(e, IMAGE, reader="bob", task=t),
    shown.was_sent_by: lambda e, t: shown.was_sent_by(e, IMAGE, sender="ann", task=t),
    champion_moves.heads: lambda e, t: champion_moves.heads(e, task=t),
    champion_moves.moves_to: lambda e, t: champion_moves.moves_to(
        e, CHAMPION_ALIAS, AliasHead(1, "v1"), task=t
    ),
    nodes.of_task: lambda e, t: nodes.of_task(e, task=t),
    nodes.versions_in_use: lambda e, t: nodes.versions_in_use(e, task=t),
    referral_samples.of_slices: lambda e, t: referral_samples.of_slices(
        e, [int(YESTERDAY.timestamp())], slice_s=48 * HOUR_S, task=t
    ),
    corrections.corrected_since: lambda e, t: corrections.corrected_since(e, YESTERDAY, task=t),
    drift_looks.newest: lambda e, t: drift_looks.newest(e, task=t, limit=9),
    drift_looks.drifted_statistics: lambda e, t: drift_looks.drifted_statistics(e, task=t),
    drift_looks.newest_number: lambda e, t: drift_looks.newest_number(e, task=t),
    drift_looks.newest_answers: lambda e, t: drift_looks.newest_answers(
        e, VERSION, task=t, limit=99
    ),
    drift_looks.answers_since: lambda e, t: drift_looks.answers_since(
        e, VERSION, YESTERDAY, task=t, limit=99
    ),
    drift_looks.answers_before: lambda e, t: drift_looks.answers_before(
        e, VERSION, 99, task=t, limit=99
    ),
    shadows.active: lambda e, t: shadows.active(e, task=t),
    shadows.get: lambda e, t: shadows.get(e, "v2", task=t),
    shadows.comparison: lambda e, t: shadows.comparison(e, "v2", task=t),
    shadows.disagreements: lambda e, t: shadows.disagreements(e, "v2", task=t, limit=9),
    streams.all_streams: lambda e, t: streams.all_streams(e, task=t),
    streams.features: lambda e, t: streams.features(e, SOURCE, task=t, limit=99),
    streams.features_around: lambda e, t: streams.features_around(
        e, SOURCE, SOON, task=t, limit=99, fewest=1
    ),
    streams.new_answers: lambda e, t: streams.new_answers(e, task=t),
}
WRITES: dict[Callable[..., object], Question] = {
    shown.note: lambda e, t: shown.note(e, ["1" * 64], reader="bob", task=t),
    champion_moves.append: lambda e, t: champion_moves.append(
        e, CHAMPION_ALIAS, MOVE, after=1, task=t
    ),
    drift_looks.add: lambda e, t: drift_looks.add(e, LOOK, task=t),
    shadows.add: lambda e, t: shadows.add(e, "v2", [], dropped=1, failed=0, task=t),
    shadows.set_problem: lambda e, t: shadows.set_problem(e, "v2", "It is gone.", task=t),
    shadows.start: _restart,
    shadows.stop: lambda e, t: shadows.stop(e, "v2", task=t),
    streams.save: lambda e, t: streams.save(e, [StreamRecord(SOURCE, seen_to=9)], task=t),
    streams.save_counts: lambda e, t: streams.save_counts(
        e, [StreamRecord(SOURCE, seen_to=9, waiting=3)], task=t
    ),
}
