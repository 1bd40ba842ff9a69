"""What a card or a site report holds, as rows of tables."""

from collections.abc import Mapping, Sequence

from api_types import (
    Card,
    Comparison,
    CrossValidation,
    Metrics,
    OperatingPoint,
    OutlierRule,
    Rates,
    RowReport,
    Share,
    SiteFit,
    SiteMetrics,
    SiteReport,
    SiteSummary,
    TableCard,
)
from formatting import METRICS, SITE_METRICS, decimal, estimate, figure, moment, percent
from language.api_sentences import translated
from language.catalogue import _
from language.numbers import written

Rows = Sequence[Mapping[str, object]]
HELD_OUT = "holdout"


def rates_of(card: Card, name: str) -> tuple[Rates | OperatingPoint, str]:
    """What an operating point gives, and on which films that was measured."""
    evaluation = card["metrics"].get(HELD_OUT)
    held_out = evaluation["overall"]["at"].get(name) if evaluation else None
    point = card["operating_points"][name]
    return (
        (held_out, _("held-out films"))
        if held_out
        else (point, _("{chosen_on} films").format(chosen_on=point["chosen_on"]))
    )


def operating_points(card: Card) -> Rows:
    """A row an operating point: what it is for and what it gives."""
    rows = []
    for name, point in card["operating_points"].items():
        rates, images = rates_of(card, name)
        rows.append(
            {
                _("operating point"): name,
                _("chosen for"): point["aim"] or "-",
                _("threshold"): decimal(point["threshold"]),
                _("sensitivity"): estimate(rates["sensitivity"], rates["sensitivity_interval"]),
                _("specificity"): estimate(rates["specificity"], rates["specificity_interval"]),
                _("measured on"): images,
            }
        )
    return rows


def cross_validation(checked: CrossValidation) -> Rows:
    """A row an operating point, as each part chose its own."""
    return [
        {
            _("operating point"): name,
            _("sensitivity"): estimate(rates["sensitivity"], rates["sensitivity_interval"]),
            _("specificity"): estimate(rates["specificity"], rates["specificity_interval"]),
        }
        for name, rates in checked["at"].items()
    ]


def metrics(overall: Metrics, per_source: Mapping[str, Metrics]) -> Rows:
    """A row a figure, a column a source; what nobody measured is left out."""
    columns = {_("all"): overall} | (dict(per_source) if len(per_source) > 1 else {})
    rows = [{_("figure"): _("films")} | {c: written(m["n"]) for c, m in columns.items()}]
    for name, words in METRICS.items():
        cells = {c: _cell(m, name) for c, m in columns.items()}
        if any(cell != "-" for cell in cells.values()):
            rows.append({_("figure"): _(words)} | cells)
    return rows


def two_versions(first: Card, second: Card) -> Rows:
    """A row a figure of held-out films, a column a version; what neither has is left out."""
    cards = {card["version"]: card["metrics"].get(HELD_OUT) for card in (first, second)}
    rows = []
    for name, words in METRICS.items():
        cells = {
            version: _cell(found["overall"], name) if found else "-"
            for version, found in cards.items()
        }
        if set(cells.values()) != {"-"}:
            rows.append({_("figure"): _(words)} | cells)
    return rows


def held_out_images(card: Card) -> int | None:
    """How many held-out films a card's figures are of; None: it has none."""
    found = card["metrics"].get(HELD_OUT)
    return found["overall"]["n"] if found else None


def same_images(first: Card, second: Card) -> bool:
    """Whether two cards were measured on as many held-out films of each source and class."""
    counts = [card["data"]["counts"].get(HELD_OUT) for card in (first, second)]
    return counts[0] is not None and counts[0] == counts[1]


def row_shares(report: RowReport) -> Rows:
    """A row a share of the rows of a check, beside what the card says."""
    shares = (
        (_("most probable class is right"), "accuracy", decimal(report["card_accuracy"])),
        (_("answered, not referred"), "accepted", "-"),
        (
            _("wrong among the answered"),
            "accepted_error",
            _("at most {max_error}").format(max_error=decimal(report["max_error"])),
        ),
        (_("true class among the possible ones"), "covered", "-"),
    )
    found: dict[str, Share] = {
        "accuracy": report["accuracy"],
        "accepted": report["accepted"],
        "accepted_error": report["accepted_error"],
        "covered": report["covered"],
    }
    return [
        {
            _("share of rows"): words,
            _("here"): estimate(found[name]["share"], found[name]["interval"]),
            _("card"): of_card,
        }
        for words, name, of_card in shares
    ]


def classes(overall: Metrics) -> Rows:
    """A row a class that has films."""
    return [
        {
            _("class"): label,
            _("films"): m["support"],
            _("precision"): estimate(m["precision"], m["precision_interval"]),
            _("recall"): estimate(m["recall"], m["recall_interval"]),
            _("F1"): percent(m["f1"]),
        }
        for label, m in overall["per_class"].items()
        if m["support"]
    ]


def counts(card: Card | TableCard) -> Rows:
    """A row a split and source, a column a class or coarse label."""
    rows = [row for sources in card["data"]["counts"].values() for row in sources.values()]
    coarse = {label for row in rows for label in row} - set(card["classes"])
    return [
        {_("split"): split, _("source"): source}
        | {label: row.get(label, 0) for label in (*card["classes"], *sorted(coarse))}
        | {_("all"): sum(row.values())}
        for split, sources in card["data"]["counts"].items()
        for source, row in sources.items()
    ]


def refused(rule: OutlierRule) -> Rows:
    """Share of real films found unlike, a row a split and source."""
    return [
        {_("split"): split, _("source"): source, _("refused"): percent(share)}
        for split, sources in rule["refused"].items()
        for source, share in sources.items()
    ]


def caught(rule: OutlierRule) -> Rows:
    """Share of generated strangers found unlike, a row a kind, a column a method.

    The last column: referred for any cause, or decided right all the same.
    """
    kinds = {kind: None for row in rule["compared"].values() for kind in row}
    return [
        {_("generated stranger"): translated(kind)}
        | {
            _("{method} (serves)").format(method=method)
            if method == rule["method"]
            else method: percent(row.get(kind))
            for method, row in rule["compared"].items()
        }
        | (
            {_("referred or right"): percent(rule["harmless"].get(kind))}
            if rule["harmless"]
            else {}
        )
        for kind in kinds
    ]


def comparison(rows: list[Comparison]) -> Rows:
    """A row a figure: on these films and in the card."""
    return [
        {
            _("figure"): _(METRICS.get(row["figure"], row["figure"])),
            _("here (95 % interval)"): figure(row["figure"], row["here"], row["interval"]),
            _("card"): figure(row["figure"], row["card"]),
        }
        for row in rows
    ]


def site_counts(report: SiteReport) -> Rows:
    """A row a source and label."""
    return [
        {_("source"): source, _("label"): label, _("films"): count}
        for source, row in report["counts"].items()
        for label, count in row.items()
    ]


def site_metrics(fit: SiteFit) -> Rows:
    """A row a figure: as the card decides, and with the profile."""
    return [
        {
            _("figure"): _(words),
            _("by the card"): _share(fit["before"], name),
            _("by the profile"): _share(fit["after"], name),
        }
        for name, words in SITE_METRICS.items()
    ]


def site_points(fit: SiteFit) -> Rows:
    """A row an operating point: its threshold in the card and at the site."""
    return [
        {
            _("operating point"): name,
            _("threshold of the card"): decimal(point["card_threshold"]),
            _("here (95 % interval)"): estimate(
                point["threshold"], point["threshold_interval"], decimal
            ),
            _("sensitivity"): percent(point["sensitivity"]),
            _("specificity"): percent(point["specificity"]),
        }
        for name, point in fit["operating_points"].items()
    ]


def sites(summaries: Sequence[SiteSummary]) -> Rows:
    """A row a site: its profile, and whether it decides."""
    return [
        {
            _("site"): site["site"],
            _("profile"): site["profile"] or _("none: the card decides"),
            _("made"): moment(site["created_at"]),
            _("films"): site["n"],
            _("made with"): site["version"] or "-",
            _("applied"): _("no")
            if site["is_stale"] or site["problem"] or not site["profile"]
            else _("yes"),
        }
        for site in summaries
    ]


def _share(measured: SiteMetrics, name: str) -> str:
    value: float | None = measured[name]  # type: ignore[literal-required]
    return estimate(value, measured["intervals"].get(name))


def _cell(m: Metrics, name: str) -> str:
    value: float | None = m[name]  # type: ignore[literal-required]
    return figure(name, value, m["intervals"].get(name))
