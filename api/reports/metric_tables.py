"""The figures of a card as tables."""

from api.model_card.card import Card
from api.model_card.metrics import Evaluation, Metrics
from api.reports.markdown import number, table, value_with_interval


def metric_tables(card: Card) -> str:
    """The hold-out figures as tables: per source, per class, confusion, operating points."""
    evaluation = card.metrics["holdout"]
    return "\n".join(
        [
            f"Held-out patients: {evaluation.overall.n} films never trained on, version "
            f"{card.version}; in brackets intervals of 95 %. Sensitivity, specificity and accuracy "
            f"of the decision (any finding against {card.negative_class}) at the balanced "
            f"operating point, threshold {card.operating_points['balanced'].threshold:.2f}, chosen "
            f"on {card.operating_points['balanced'].chosen_on or 'nothing'}, nothing referred.",
            "",
            _per_source(evaluation),
            "",
            _operating_points(card),
            "",
            _referral(card, evaluation),
            "",
            _per_class(evaluation.overall),
            "",
            _confusion(card, evaluation.overall),
        ]
    )


def _metric(metrics: Metrics, name: str) -> str:
    return value_with_interval(getattr(metrics, name), metrics.intervals.get(name))


def _per_source(evaluation: Evaluation) -> str:
    columns = {
        "AUROC": "auroc",
        "sensitivity": "sensitivity",
        "specificity": "specificity",
        "decision accuracy": "decision_accuracy",
        "label accuracy": "accuracy",
        "label ECE": "expected_calibration_error",
        "score ECE": "score_calibration_error",
        "Brier": "brier",
    }
    rows = [("all", evaluation.overall), *evaluation.per_source.items()]
    return table(
        ("source", "films", *columns),
        [(name, str(m.n), *(_metric(m, field) for field in columns.values())) for name, m in rows],
    )


def _operating_points(card: Card) -> str:
    at = card.metrics["holdout"].overall.at
    return table(
        ("operating point", "chosen for", "threshold", "sensitivity", "specificity"),
        [
            (
                name,
                point.aim or "–",
                number(point.threshold),
                value_with_interval(at[name].sensitivity, at[name].sensitivity_interval)
                if name in at
                else number(point.sensitivity),
                value_with_interval(at[name].specificity, at[name].specificity_interval)
                if name in at
                else number(point.specificity),
            )
            for name, point in card.operating_points.items()
        ],
    )


def _referral(card: Card, evaluation: Evaluation) -> str:
    overall = evaluation.overall
    if overall.referred is None or not (card.refer or card.outliers):
        return "No film is referred to a person: this card has no rule for it."
    because = ", ".join(f"{name} {share:.1%}" for name, share in overall.referred_because.items())
    return (
        f"Referred to a person: {_metric(overall, 'referred')} of the films ({because}). Error of "
        f"the decision among the others: {_metric(overall, 'answered_error')}."
    )


def _per_class(metrics: Metrics) -> str:
    return table(
        ("class", "precision", "recall", "F1", "films"),
        [
            (
                name,
                value_with_interval(m.precision, m.precision_interval),
                value_with_interval(m.recall, m.recall_interval),
                number(m.f1),
                str(m.support),
            )
            for name, m in metrics.per_class.items()
        ],
    )


def _confusion(card: Card, metrics: Metrics) -> str:
    return table(
        ("truth \\ answer", *card.classes),
        [(name, *map(str, row)) for name, row in zip(card.classes, metrics.confusion, strict=True)],
    )
