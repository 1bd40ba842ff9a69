"""A card as Markdown: what people read of a model. Sections follow Mitchell et al. 2019."""

from collections.abc import Iterable

from api.model_card.card import Card
from api.model_card.decision_rules import Band
from api.reports.markdown import interval_text, number, table, value_with_interval
from api.reports.metric_tables import metric_tables


def card_page(card: Card, *, picture: str | None = None) -> str:
    """The whole card as a page; `picture` is the file name of its curves, if there is one."""
    return "\n".join(
        [
            f"# Model card: {card.task} {card.version}",
            "",
            "## Model details",
            "",
            f"{card.training.backbone}, one grey channel of {card.preprocessing.width} x "
            f"{card.preprocessing.height} pixels, classes {', '.join(card.classes)}. Created "
            f"{card.created_at:%Y-%m-%d} with {card.code_version}, parent "
            f"{card.parent or 'none (trained from the backbone)'}. Weights SHA-256 "
            f"`{card.weights_sha256}`.",
            "",
            "## Intended use",
            "",
            card.intended_use,
            "",
            "## Limits and failure modes",
            "",
            card.limits,
            "",
            *(f"- {mode}" for mode in card.failure_modes),
            "",
            "## Evaluation",
            "",
            metric_tables(card),
            "",
            *(
                [f"![ROC, reliability and coverage on the hold-out]({picture})", ""]
                if picture
                else []
            ),
            *_coverage(card),
            "### Pictures that are no chest films",
            "",
            _out_of_distribution(card),
            "",
            "### Heat map",
            "",
            _heatmap(card),
            "",
            "### Stability",
            "",
            _stability(card),
            "",
            "### Reduced precision",
            "",
            _reduced(card),
            "",
            "## Training data",
            "",
            f"Split {card.data.split_rule}.",
            "",
            _data(card),
            "",
            *_replay(card),
            "## Training",
            "",
            *_training(card),
            "",
            "## Golden outputs",
            "",
            "Generated films and the probabilities that Keras gave for them; a server that gets "
            "others refuses the checkpoint.",
            "",
            table(
                ("generated film", "seed", *card.classes),
                [
                    (g.finding, str(g.seed), *(f"{p:.5f}" for p in g.probabilities))
                    for g in card.golden
                ],
            ),
            "",
        ]
    )


def _coverage(card: Card) -> list[str]:
    curves = card.metrics["holdout"].curves
    if card.refer is None or curves is None:
        return []
    bands = {band.max_error: band for band in card.refer.bands}
    threshold = card.operating_points["balanced"].threshold
    return [
        "### Referral for an uncertain score",
        "",
        "Split-conformal prediction within each kind of film (Vovk et al. 2005; Sadinle et al. "
        f"2019), chosen on {card.refer.n} {card.refer.chosen_on} films: at a bound e, a score is "
        "answered where the other answer is not plausible at level 1 - e, and referred elsewhere. "
        f"The bound that serves is {card.refer.max_error:.1%}; what each costs on the hold-out, at "
        "the balanced operating point:",
        "",
        table(
            ("bound", "scores referred", "answered", "error", "findings missed", "false alarms"),
            [
                (
                    f"{point.max_error:.1%}",
                    _band_limits(bands[point.max_error], threshold),
                    number(point.coverage),
                    number(point.error),
                    number(point.missed),
                    number(point.false_alarms),
                )
                for point in curves.coverage
            ],
        ),
        "",
    ]


def _band_limits(band: Band, threshold: float) -> str:
    ends = band.ends(threshold)
    return interval_text(ends) if ends else "none"


def _out_of_distribution(card: Card) -> str:
    rule = card.outliers
    if rule is None:
        return "This checkpoint does not know which pictures are unlike its training films."
    sources = sorted({source for row in rule.refused.values() for source in row})
    strangers = sorted({kind for row in rule.compared.values() for kind in row})
    return "\n".join(
        [
            f"By {rule.method} distance of early pooled features to the training films, limit "
            f"{rule.threshold:.3f}, chosen on {rule.chosen_on} films. Share of real films refused:",
            "",
            table(
                ("split", *sources),
                [
                    (split, *(number(row.get(source)) for source in sources))
                    for split, row in rule.refused.items()
                ],
            ),
            "",
            "Share of validation films caught once they are turned or inverted, by method (the "
            "better one serves), and share that is referred for any cause or decided right all "
            "the same:",
            "",
            table(
                ("method", *strangers),
                [
                    (method, *(number(row.get(kind)) for kind in strangers))
                    for method, row in [
                        *rule.compared.items(),
                        *([("referred or right", rule.harmless)] if rule.harmless else []),
                    ]
                ],
            ),
        ]
    )


def _heatmap(card: Card) -> str:
    test = card.heatmap
    if test is None:
        return "The heat map of this checkpoint was not measured."
    return (
        f"Deletion test on {test.n} hold-out films: where the hottest {test.share:.0%} of the film "
        "is blurred the probability of the shown class falls by "
        f"{value_with_interval(test.hottest, test.hottest_interval)}, where a random "
        f"{test.share:.0%} is blurred by "
        f"{value_with_interval(test.random, test.random_interval)}. The map has 7 x 7 places: it "
        "shows where evidence for a class lay, not what is ill, and its edges mean nothing."
    )


def _stability(card: Card) -> str:
    stability = card.stability
    if stability is None:
        return "Stability under small changes was not measured."
    return "\n".join(
        [
            f"Share of {stability.n} {stability.split} films that keep their label:",
            "",
            table(
                ("change", "kept"),
                [(name, number(share)) for name, share in stability.kept.items()],
            ),
        ]
    )


def _reduced(card: Card) -> str:
    record = card.reduced
    if record is None:
        return "No int8 form was made; it serves in fp32."
    verdict = (
        f"The int8 form does not serve unless it is asked for: {'; '.join(record.objections)}."
        if record.objections
        else "The int8 form meets all bounds and serves."
    )
    return "\n".join(
        [
            f"{verdict} Ranges from {record.calibrated_on} training films, both compared on "
            f"{record.compared_on} hold-out films:",
            "",
            table(
                ("figure", "fp32", "int8", "bound"),
                [(f.name, number(f.fp32), number(f.int8), number(f.bound)) for f in record.figures],
            ),
        ]
    )


def _replay(card: Card) -> list[str]:
    if card.replay is None:
        return ["It has no replay memory: it can be served, but not retrained.", ""]
    counted = {
        part: sum(n for labels in sources.values() for n in labels.values())
        for part, sources in card.replay.counts.items()
    }
    images = ", ".join(f"{n} of {part}" for part, n in counted.items())
    return [
        "Carried along as latent activations, so that a retraining does not forget (Pellegrini et "
        f"al. 2020): {images}.",
        "",
    ]


def _data(card: Card) -> str:
    return table(
        ("split", "source", *card.classes),
        [
            (part, source, *(str(row.get(name, 0)) for name in card.classes))
            for part, sources in card.data.counts.items()
            for source, row in sources.items()
        ],
    )


def _training(card: Card) -> list[str]:
    training = card.training
    return [
        f"Base weights `{training.base_weights}`, seed {training.seed}, "
        f"{training.duration_s / 60:.0f} minutes. Calibrated on validation by "
        f"{'matrix' if training.calibration_matrix else 'temperature'} scaling, folded into the "
        f"last layer: mean temperature {training.temperature:.3f}, class biases "
        f"{_signed(training.biases)} (in the order of the classes).",
        "",
        *(["Reproduce it:", "", "```", training.command, "```", ""] if training.command else []),
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
    ]


def _signed(values: Iterable[float]) -> str:
    return ", ".join(f"{value:+.2f}" for value in values)
