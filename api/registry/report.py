"""A card as Markdown: what people read of a model."""

from collections.abc import Iterable

from api.registry.card import Card, Evaluation, Metrics

Row = Iterable[str]


def figures(card: Card) -> str:
    """The hold-out figures as tables: per source, per class, confusion."""
    evaluation = card.metrics["holdout"]
    return "\n".join(
        [
            f"Held-out patients: {evaluation.overall.n} films never trained on, version "
            f"{card.version}. Sensitivity and specificity (any pneumonia against "
            f"{card.negative_class}) at the balanced operating point, threshold "
            f"{card.operating_points['balanced'].threshold:.2f}, chosen on "
            f"{card.operating_points['balanced'].chosen_on or 'nothing'}.",
            "",
            _per_source(evaluation),
            "",
            _per_class(evaluation.overall),
            "",
            _confusion(card, evaluation.overall),
        ]
    )


def model_page(card: Card) -> str:
    """The whole card as a page."""
    training = card.training
    return "\n".join(
        [
            f"# Model card: {card.task} {card.version}",
            "",
            f"Created {card.created_at:%Y-%m-%d} with {card.code_version}, "
            f"parent {card.parent or 'none (trained from the backbone)'}.",
            "",
            "## Intended use",
            "",
            card.intended_use,
            "",
            "## Limits",
            "",
            card.limits,
            "",
            "## Data",
            "",
            f"Split {card.data.split_rule}.",
            "",
            _data(card),
            "",
            "## Figures",
            "",
            figures(card),
            "",
            "## Training",
            "",
            f"{training.backbone}, base weights `{training.base_weights}`, seed {training.seed}, "
            f"{training.duration_s / 60:.0f} minutes. Temperature {training.temperature:.3f} and "
            f"class biases {_signed(training.biases)} (in the order of "
            "the classes), fitted on validation and folded into the last layer.",
            "",
            table(
                ("phase", "epoch", "loss", "accuracy", "validation loss", "validation accuracy"),
                [
                    (
                        epoch.phase,
                        str(epoch.epoch),
                        number(epoch.loss),
                        number(epoch.accuracy),
                        number(epoch.val_loss),
                        number(epoch.val_accuracy),
                    )
                    for epoch in training.history
                ],
            ),
            "",
            f"Weights SHA-256 `{card.weights_sha256}`.",
            "",
        ]
    )


def table(header: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    head = list(header)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def number(value: float | None) -> str:
    """Three decimals, or a dash where there is no value."""
    return "–" if value is None else f"{value:.3f}"


def _per_source(evaluation: Evaluation) -> str:
    rows = [("all", evaluation.overall), *evaluation.per_source.items()]
    return table(
        (
            "source",
            "films",
            "accuracy",
            "balanced accuracy",
            "AUROC",
            "sensitivity",
            "specificity",
            "ECE",
        ),
        [
            (
                name,
                str(m.n),
                number(m.accuracy),
                number(m.balanced_accuracy),
                number(m.auroc),
                number(m.sensitivity),
                number(m.specificity),
                number(m.expected_calibration_error),
            )
            for name, m in rows
        ],
    )


def _per_class(metrics: Metrics) -> str:
    return table(
        ("class", "precision", "recall", "F1", "films"),
        [
            (name, number(m.precision), number(m.recall), number(m.f1), str(m.support))
            for name, m in metrics.per_class.items()
        ],
    )


def _confusion(card: Card, metrics: Metrics) -> str:
    return table(
        ("truth \\ answer", *card.classes),
        [(name, *map(str, row)) for name, row in zip(card.classes, metrics.confusion, strict=True)],
    )


def _data(card: Card) -> str:
    return table(
        ("split", "source", *card.classes),
        [
            (part, source, *(str(row.get(name, 0)) for name in card.classes))
            for part, sources in card.data.counts.items()
            for source, row in sources.items()
        ],
    )


def _signed(values: Iterable[float]) -> str:
    return ", ".join(f"{value:+.2f}" for value in values)
