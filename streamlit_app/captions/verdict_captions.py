"""What the gate said of a retrained version, in one sentence."""

from collections.abc import Sequence

from api_types import Check, Job
from formatting import decimal, outcome_text
from language.api_sentences import translated
from language.catalogue import _

# More would be a table, which stands beneath.
NAMED = 2
NOTABLE = 0.005


def headline(job: Job) -> str:
    """Who answers now, then what got better and what got worse; other endings as they are."""
    verdict = job["verdict"]
    if verdict is None or job["state"] not in {"promoted", "promoted_for_site", "kept"}:
        return outcome_text(job)
    checks = verdict["checks"]
    failed = [check for check in checks if not check["passed"]]
    better, worse = changed(checks, 1), changed(checks, -1)
    parts = [outcome_text({**job, "reason": " "}).strip()]
    if better or worse:
        lines = [_("better: {better}").format(better=better)] * bool(better) + [
            _("worse: {worse}").format(worse=worse)
        ] * bool(worse)
        parts.append(f"{'; '.join(lines)[0].upper()}{'; '.join(lines)[1:]}.")
    if failed:
        parts.append(
            _("{failed} of {checks} conditions were not met.").format(
                failed=len(failed), checks=len(checks)
            )
        )
    return " ".join(parts)


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
