"""What is written down of a job whose trainer was lost, by what it left."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from api.jobs.crash_recovery import recover_outcome
from api.model_card.promotion_policy import SiteVerdict, Verdict
from api.records.retrainings import jobs
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobOutcome, JobPhase, JobState
from api.registry.champion import Alias, retraining
from api.registry.champion_file import FILE_NAME
from api.registry.sites.site_versions import site_alias
from api.registry.store import Store

PROMOTED = Verdict(True, "It is better.", ())
KEPT = Verdict(False, "It is worse.", ())
FOR_SITES = Verdict(
    False,
    "Better there.",
    (),
    tuple(SiteVerdict(site, True, "champion", ()) for site in ("here", "there")),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "pneumonia", tmp_path / "default.h5", "pneumonia")


@pytest.fixture
def job(database: Engine) -> JobRecord:
    """One that was publishing its version."""
    jobs.create(database, job_id="job", task="pneumonia", samples={})
    found = jobs.get(database, "job", task="pneumonia")
    return replace(found, phase=JobPhase.FINISHING, version="v2", verdict=PROMOTED)


def outcome_of(job: JobRecord, store: Store) -> JobOutcome:
    return recover_outcome(
        job, store, Alias(store.folder), state=JobState.INTERRUPTED, reason="It is gone."
    )


def publish(store: Store) -> None:
    (store.folder / "v2").mkdir(parents=True)


class TestBeforePublishing:
    @pytest.mark.parametrize("values", [{"phase": "tail", "version": None, "verdict": None}, {}])
    def test_nothing_came_of_it(self, job: JobRecord, store: Store, values: dict[str, Any]) -> None:
        found = outcome_of(replace(job, **values), store)

        assert found == JobOutcome(JobState.INTERRUPTED, "It is gone.")


class TestAfterPublishing:
    def test_a_version_that_was_to_be_kept_is_kept(self, job: JobRecord, store: Store) -> None:
        publish(store)

        found = outcome_of(replace(job, verdict=KEPT), store)

        assert found == JobOutcome(JobState.KEPT, "It is worse.", "v2", KEPT)

    def test_one_that_was_not_yet_promoted_says_how_to(self, job: JobRecord, store: Store) -> None:
        publish(store)

        found = outcome_of(job, store)

        assert (found.state, found.version) == ("kept", "v2")
        assert "promote it under Versions" in found.reason
        assert found.verdict is not None
        assert found.verdict.promoted is False

    def test_one_that_was_promoted_is_promoted(self, job: JobRecord, store: Store) -> None:
        publish(store)
        Alias(store.folder).move("v2", previous="v1", by=retraining("job"), reason="better")

        assert outcome_of(job, store) == JobOutcome(
            JobState.PROMOTED, "It is better.", "v2", PROMOTED
        )

    def test_somebody_elses_promotion_is_not_its_own(self, job: JobRecord, store: Store) -> None:
        publish(store)
        Alias(store.folder).move("v2", previous="v1", by="api", reason="by hand")

        assert outcome_of(job, store).state == "kept"

    def test_a_damaged_alias_does_not_keep_it_from_ending(
        self, job: JobRecord, store: Store
    ) -> None:
        publish(store)
        (store.folder / FILE_NAME).write_bytes(b"[")

        assert outcome_of(job, store).state == "kept"

    def test_of_one_for_sites_those_that_it_reached_are_said(
        self, job: JobRecord, store: Store
    ) -> None:
        publish(store)
        site_alias(Alias(store.folder), "here").move("v2", by=retraining("job"), reason="better")

        found = outcome_of(replace(job, verdict=FOR_SITES), store)

        assert (found.state, found.reason) == ("promoted_for_site", "Better there.")
        assert found.verdict is not None
        assert found.verdict.promoted_sites == ("here",)

    def test_one_for_sites_that_reached_none_says_how_to(
        self, job: JobRecord, store: Store
    ) -> None:
        publish(store)

        found = outcome_of(replace(job, verdict=FOR_SITES), store)

        assert found.state == "kept"
        assert "promote it for the site" in found.reason
        assert found.verdict is not None
        assert found.verdict.promoted_sites == ()
