"""What a shift of a stream does to its answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.decision.decide import Decision
from api.tasks.decisions import Decided

UNFAMILIAR_SITE = "unfamiliar_site"


@dataclass(frozen=True, slots=True)
class StreamState:
    """What is known of the stream that an answer belongs to.

    Attributes:
        shifted: its newest answers are unlike those of all known sources.
        reason: that in a sentence; empty where it is not so.
        is_checked: a check with films of its own passed, and a profile was made of it.
    """

    shifted: bool
    reason: str = ""
    is_checked: bool = False


def in_stream(decision: Decision, stream: StreamState | None, *, refer: bool) -> Decision:
    """A decision as it is said in its stream.

    Args:
        stream: None: nobody looked at it yet.
        refer: positive answers of a shifted stream are referred until a check of the site passes.
    """
    if stream is None:
        return decision
    if not stream.shifted:
        return replace(decision, site_shift=False)
    referred = refer and decision.decision == Decided.POSITIVE and not stream.is_checked
    return replace(
        decision,
        site_shift=True,
        decision=Decided.REFER if referred else decision.decision,
        causes=(*decision.causes, UNFAMILIAR_SITE) if referred else decision.causes,
        # The last one says what the score is.
        reasons=(*decision.reasons[:-1], stream.reason, *decision.reasons[-1:]),
    )


def of_stream(source: str | None, client: str | None) -> str:
    """Whose films they are, or who sent them without naming a site."""
    if source:
        return f"of '{source}'"
    return f"that '{client}' sent without naming a site" if client else "that named no site"


def reason_of(
    source: str | None, client: str | None = None, *, window: int, named: Sequence[str]
) -> str:
    """What people are told while a stream is shifted."""
    images = of_stream(source, client)
    what = f" ({', '.join(named)})" if named else ""
    naming = "" if source else " Name their site with each film (`source`) from now on."
    return (
        f"The last {window} films {images} are unlike those of every hospital this model knows"
        f"{what}, so the figures on its card are not promised for them. Check the model with films "
        "of this site (page Site check), and make a site profile of them."
        f"{naming}"
    )
