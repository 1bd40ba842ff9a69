"""Two versions beside each other, figure by figure: on the same films where a retraining compared
the two, and as their cards say."""

from collections.abc import Sequence

import streamlit as st

import addresses
import metric_tables
from api_types import Card, Job, ModelList
from client import ApiError
from components import model_metrics
from components.versions import gate_of_version, lineage_steps
from errors import api
from formatting import decimal, moment, plain
from language.api_sentences import translated
from language.catalogue import _
from language.numbers import written


def show(models: ModelList, jobs: Sequence[Job]) -> None:
    """Two to choose, and the tables; nothing where there is only one.

    Args:
        jobs: retrainings, newest first.
    """
    names = [model["version"] for model in models["models"] if not model["problem"]]
    if len(names) < 2:
        st.caption(_("There is no second version to compare with."))
        return
    names.sort(key=lambda name: name != models["champion"])
    left, right = st.columns(2, gap="large")
    first = left.selectbox(_("One version"), names, key="compare-first")
    second = right.selectbox(_("Another version"), names, index=1, key="compare-second")
    if first == second:
        st.caption(_("Choose two different versions."))
        return
    try:
        cards = api().card(first), api().card(second)
    except ApiError as exc:
        st.caption(plain(str(exc)))
        return
    if job := comparing(first, second, jobs):
        _paired(job, first, second)
        st.markdown(_("**What their cards say**"))
    elif steps := lineage_steps.between(first, second, jobs):
        _steps(steps)
        st.markdown(_("**What their cards say**"))
    model_metrics.table(metric_tables.two_versions(*cards))
    st.caption(compared_on(*cards))


def comparing(first: str, second: str, jobs: Sequence[Job]) -> Job | None:
    """The retraining that made one of them of the other, and compared them; None: there is none."""
    for child, parent in ((first, second), (second, first)):
        job = gate_of_version.made(child, jobs)
        if job and job["parent"] == parent:
            return job
    return None


def _paired(job: Job, first: str, second: str) -> None:
    st.markdown(_("**On the same films**"))
    model_metrics.table(paired(job, first, second))
    sentence = _(
        "The retraining of {when} made {version} from {parent} and asked both about the same "
        "held-out films. [Those whose answer changed]({address})"
    )
    st.caption(
        sentence.format(
            when=moment(job["finished_at"]),
            version=plain(job["version"] or ""),
            parent=plain(job["parent"] or ""),
            address=addresses.of_job(job["id"]),
        )
    )


def _steps(steps: Sequence[Job]) -> None:
    st.markdown(_("**What each retraining between them changed**"))
    model_metrics.table(lineage_steps.table(steps))
    st.caption(
        _(
            "Each asked both of its versions about the same held-out films, and another one about "
            "others: what changed can be compared across the columns, the values cannot."
        )
    )


def paired(job: Job, first: str, second: str) -> metric_tables.Rows:
    """A row a figure that the gate compared, a column a version, in the order of the choice."""
    verdict = job["verdict"]
    rows = []
    for check in verdict["checks"] if verdict else ():
        before, now = check["champion"], check["challenger"]
        if before is not None and now is not None:
            values = {job["parent"]: decimal(before), job["version"]: decimal(now)}
            rows.append(
                {
                    _("figure"): translated(check["name"]),
                    first: values[first],
                    second: values[second],
                }
            )
    return rows


def compared_on(first: Card, second: Card) -> str:
    """Whether both were measured on the same films."""
    counts = [metric_tables.held_out_images(card) for card in (first, second)]
    if None in counts:
        return _("A card without figures of held-out films leaves its column empty.")
    if metric_tables.same_images(first, second):
        return _(
            "Both on {n} held-out films, as many of each source and class. In brackets: "
            "intervals of 95 %."
        ).format(n=written(counts[0] or 0))
    return _(
        "Not on the same films: {first} on {n}, {second} on {m}. What a retraining's page says of "
        "the two was measured on the same ones. In brackets: intervals of 95 %."
    ).format(
        first=first["version"], n=written(counts[0] or 0),
        second=second["version"], m=written(counts[1] or 0),
    )  # fmt: skip
