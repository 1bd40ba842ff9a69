"""What the gate said of a retrained version, in one sentence."""

from collections.abc import Sequence

from api_types import Check, Job, RightAnswers, TradeCounts, Verdict
from formatting import decimal, outcome_text, percent
from language.api_sentences import translated
from language.catalogue import N_, _
from language.numbers import written

# More would be a table, which stands beneath.
NAMED = 2
NOTABLE = 0.005
OUTCOMES = {
    "promoted": N_("Promoted: {what}."),
    "promoted_for_site": N_("Promoted for {sites}, not for everybody: {what}."),
    "kept": N_("Not promoted: {what}."),
}


def headline(job: Job) -> str:
    """'Not promoted: better here, 16 → 17 of 18; worse on what it knew, COVID-19 94 → 83 %.'

    Other endings as they are.
    """
    verdict = job["verdict"]
    if verdict is None or job["state"] not in OUTCOMES:
        return outcome_text(job)
    # An API of an earlier release counts nothing.
    counted = verdict.get("counted")
    clauses = _counted(counted) if counted else _moved_metrics(verdict["checks"])
    if job["state"] == "kept" and not _is_explained(verdict):
        clauses.append(_failed(verdict["checks"]))
    if not clauses:
        return outcome_text(job)
    promoted_for = [site["site"] for site in verdict["sites"] if site["promoted"]]
    return _(OUTCOMES[job["state"]]).format(what="; ".join(clauses), sites=", ".join(promoted_for))


def who_serves(job: Job) -> str:
    """Which version answers now; nothing where no version was made."""
    return outcome_text({**job, "reason": " "}).strip() if job["state"] in OUTCOMES else ""


def _counted(counted: TradeCounts) -> list[str]:
    clauses = [_here(each) for each in counted["here"][:NAMED]]
    fell, known = counted["fell_most"], counted["remembered"]
    if fell:
        clauses.append(
            _("worse on what it knew, {label} {before} → {now}").format(
                label=fell["label"],
                # The sign stands once, after the second.
                before=written(100 * fell["before"], ".0f"),
                now=percent(fell["now"], digits=0),
            )
        )
    elif known:
        clauses.append(_known(known))
    return clauses


def _known(found: RightAnswers) -> str:
    """Where no class is large enough, or fell far enough, to be named."""
    text = (
        _("worse on what it knew, {before} → {now} of {n}")
        if found["now"] < found["before"]
        else _("no worse on what it knew, {before} → {now} of {n}")
    )
    return text.format(**_counts(found))


def _here(found: RightAnswers) -> str:
    where = _("at {site}").format(site=found["site"]) if found["site"] else _("here")
    if found["now"] == found["before"]:
        text = _("the same {where}, {now} of {n}")
    elif found["now"] > found["before"]:
        text = _("better {where}, {before} → {now} of {n}")
    else:
        text = _("worse {where}, {before} → {now} of {n}")
    return text.format(where=where, **_counts(found))


def _counts(found: RightAnswers) -> dict[str, str]:
    return {
        "before": written(found["before"]), "now": written(found["now"]), "n": written(found["n"]),
    }  # fmt: skip


def _moved_metrics(checks: Sequence[Check]) -> list[str]:
    """Of a verdict without counts, the figures that moved most."""
    better, worse = changed(checks, 1), changed(checks, -1)
    return [_("better: {better}").format(better=better)] * bool(better) + [
        _("worse: {worse}").format(worse=worse)
    ] * bool(worse)


def _is_explained(verdict: Verdict) -> bool:
    """Whether what is said of a version that was kept says why."""
    counted = verdict.get("counted")
    if counted is None:
        return bool(changed(verdict["checks"], -1))
    known = [counted["remembered"]] if counted["remembered"] else []
    fell = any(found["now"] < found["before"] for found in (*counted["here"], *known))
    return counted["fell_most"] is not None or fell


def _failed(checks: Sequence[Check]) -> str:
    failed = [translated(check["name"]) for check in checks if not check["passed"]]
    return _("not met: {conditions}").format(conditions=", ".join(failed))


def changed(checks: Sequence[Check], sign: int) -> str:
    """The figures that rose (`sign` 1) or fell (-1) most: 'sensitivity, new films 0.900 → 0.950'.

    A figure that did not move by half a point is not told.
    """
    found = []
    for check in checks:
        before, now = check["champion"], check["challenger"]
        if before is not None and now is not None and sign * (now - before) >= NOTABLE:
            found.append(
                (
                    abs(now - before),
                    f"{translated(check['name'])} {decimal(before)} → {decimal(now)}",
                )
            )
    found.sort(key=lambda each: -each[0])
    return ", ".join(text for _, text in found[:NAMED])
