"""A version in shadow, as it is shown."""

from api.decision.agreement import agreement, kappa
from api.decision.shares import Proportion
from api.records.watching import shadows
from api.records.watching.shadows import Compared, ShadowComparison
from api.services import Services
from api.web.links import link
from api.web.schemas.training.shadow import DecisionPair, Disagreement, ShadowedAnswer, ShadowReport


def shadow_report(services: Services, version: str, *, limit: int) -> ShadowReport:
    """What is known of a version in shadow; of one that never ran, that."""
    database, task = services.records.database, services.task.name
    record = shadows.get(database, version, task=task)
    found = shadows.comparison(database, version, task=task)
    n = sum(found.decisions.values())
    alike = sum(count for (one, other), count in found.decisions.items() if one == other)
    return ShadowReport(
        version=version,
        is_running=record is not None and record.stopped_at is None,
        started_at=record.started_at if record else None,
        started_by=record.started_by if record else None,
        stopped_at=record.stopped_at if record else None,
        problem=record.problem if record else None,
        n=n,
        dropped=record.dropped if record else 0,
        failed=record.failed if record else 0,
        answered_by=list(found.answered_by),
        agreement=agreement(found.decisions),
        agreement_interval=Proportion(alike, n).interval,
        kappa=kappa(found.decisions),
        label_agreement=found.same_label / n if n else None,
        decisions=[
            DecisionPair(answer=one, shadow=other, n=count)
            for (one, other), count in sorted(found.decisions.items())
        ],
        disagreements=[
            _shown(each)
            for each in shadows.disagreements(database, version, task=task, limit=limit)
        ],
        cost=_cost(found),
    )


def _cost(found: ShadowComparison) -> float | None:
    if not found.total_ms or found.inference_ms is None:
        return None
    return round(found.inference_ms / found.total_ms, 3)


def _shown(found: Compared) -> Disagreement:
    return Disagreement(
        prediction=link(f"/predictions/{found.prediction_id}"),
        at=found.created_at,
        filename=found.filename,
        answered_by=found.answered_by,
        answer=ShadowedAnswer.model_validate(found.answer),
        shadow=ShadowedAnswer.model_validate(found.shadow),
    )
