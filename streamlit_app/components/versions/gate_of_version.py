"""What the gate said of a version when a retraining made it."""

from collections.abc import Sequence

import streamlit as st

import addresses
from api_types import Check, Job
from formatting import moment, plain
from language.api_sentences import translated
from language.catalogue import _, ngettext
from language.numbers import written


def made(version: str, jobs: Sequence[Job]) -> Job | None:
    """The newest retraining that made a version; None: it came otherwise, or the job is gone."""
    return next((job for job in jobs if job["version"] == version and job["verdict"]), None)


def made_beside(version: str, jobs: Sequence[Job]) -> tuple[Job, list[str]] | None:
    """The retraining that judged a version for sites alone, and these; None: none did."""
    for job in jobs:
        judged = job["verdict"]["sites"] if job["verdict"] else []
        if sites := [site["site"] for site in judged if site["version"] == version]:
            return job, sites
    return None


def failed(job: Job, *, site: str | None) -> list[Check]:
    """The conditions that a version did not meet: for a site where that was judged by itself."""
    verdict = job["verdict"]
    if verdict is None:
        return []
    of_site = next((v["checks"] for v in verdict["sites"] if v["site"] == site), None)
    checks = verdict["checks"] if of_site is None else of_site
    return [check for check in checks if not check["passed"]]


def warn(version: str, jobs: Sequence[Job], *, site: str | None) -> None:
    """What a promotion overrides, before anybody decides: each condition with its figures."""
    job, beside = made(version, jobs), made_beside(version, jobs)
    if beside and site not in beside[1]:
        sites = ", ".join(map(plain, beside[1]))
        st.caption(
            _("{version} was judged for {sites} alone; for others there is no verdict.").format(
                version=plain(version), sites=sites
            )
        )
        return
    job = beside[0] if beside else job
    if job is None:
        st.caption(
            _("No retraining that is listed here made {version}, so there is no verdict.").format(
                version=plain(version)
            )
        )
        return
    when = moment(job["finished_at"])
    checks = failed(job, site=site)
    if not checks:
        st.caption(
            _("{version} met every condition in the retraining of {when}.").format(
                version=plain(version), when=when
            )
        )
        return
    heading = ngettext(
        "This overrides {count} condition that {version} did not meet in the retraining of {when}:",
        "This overrides {count} conditions that {version} did not meet in the retraining of "
        "{when}:",
        len(checks),
    ).format(count=written(len(checks)), version=plain(version), when=when)
    lines = "\n".join(f"- {_condition(check)}" for check in checks)
    st.warning(f"{heading}\n\n{lines}")
    st.caption(_("[Its whole verdict]({address})").format(address=addresses.of_job(job["id"])))


def _condition(check: Check) -> str:
    return _("**{name}**: {detail}").format(
        name=plain(translated(check["name"])), detail=plain(translated(check["detail"]))
    )
