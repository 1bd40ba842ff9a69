"""How a retraining ends: its version published and judged, or nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.errors import InvalidCheckpoint, InvalidRequest
from api.files import sha256_of, staged_by
from api.model_card.card import Card
from api.model_card.card_file import write_card
from api.model_card.promotion_policy import SiteVerdict
from api.model_card.sites.site_profile import SiteFit
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, JobState
from api.records.watching import shadows
from api.registry.champion_file import FILE_NAME
from api.registry.history import MoveKind
from api.registry.signing.artefacts import shipped_compiled_path, signature_path
from api.registry.signing.keys import read_private_key, write_keypair
from api.registry.signing.signatures import sign
from api.registry.sites.site_names import ONE_SITE
from api.registry.sites.site_profiles import SITES_FOLDER, SiteStore
from api.registry.sites.site_versions import own_version, site_alias
from api.registry.store import (
    CARD_NAME,
    WEIGHTS_NAME,
    card_path,
    compiled_path,
    verify_weights,
)
from api.settings import Settings
from api.training.pipelines.publish import BESIDE, MadeVersion, discard_old_versions, publish
from api.training.pipelines.retraining_setup import RetrainingSetup, prepare
from tests.jobs.trainers import REFUSAL, VERDICT
from tests.registry.stores import a_store
from tests.support.cards import card
from tests.support.site_profiles import fit

OTHER_KEY = "ed25519:" + 43 * "A" + "="


@pytest.fixture
def setup(tmp_path: Path, database: Engine) -> RetrainingSetup:
    """A champion v1, and folders for more."""
    weights = tmp_path / "default.h5"
    weights.write_bytes(b"weights")
    write_card(card_path(weights), card(weights_sha256=sha256_of(weights)))
    return prepare(
        Settings(default_model=weights, models_dir=tmp_path / "models", state_dir=tmp_path / "s"),
        database,
    )


@pytest.fixture
def signed(setup: RetrainingSetup, database: Engine, tmp_path: Path) -> RetrainingSetup:
    """The same where versions have to be signed, and this installation's key is trusted."""
    key = tmp_path / "key.pem"
    signers = {"trusted_signers": write_keypair(key), "signing_key": str(key)}
    sign(setup.parent.weights, setup.parent.card, read_private_key(key))
    return prepare(setup.settings.model_copy(update=signers), database)


@pytest.fixture
def records(database: Engine) -> Engine:
    """With a running job."""
    jobs.create(database, job_id="job", task="pneumonia", samples={})
    jobs.start(database, "job", task="pneumonia")
    return database


def published(
    records: Engine,
    setup: RetrainingSetup,
    *,
    is_better: bool = True,
    sites: tuple[SiteVerdict, ...] = (),
    fits: dict[str, SiteFit] | None = None,
    is_beside: bool = False,
) -> tuple[JobOutcome | None, Card]:
    verdict = (VERDICT if is_better else REFUSAL).with_sites(sites, "Gained there, lost here.")
    with setup.store.workspace("job") as workspace:
        made = version_in(workspace, "v2").card
        beside = version_in(workspace / BESIDE, "v3") if is_beside else None
        outcome = publish(
            records, setup, "job", workspace, made, b"compiled", verdict, fits=fits, beside=beside
        )
        return outcome, made


def version_in(folder: Path, name: str) -> MadeVersion:
    """A finished folder."""
    folder.mkdir(exist_ok=True)
    weights = folder / WEIGHTS_NAME
    weights.write_bytes(f"weights of {name}".encode())
    made = card(version=name, weights_sha256=sha256_of(weights))
    write_card(folder / CARD_NAME, made)
    return MadeVersion(folder, made, f"compiled {name}".encode())


class TestPublishing:
    @pytest.mark.parametrize(("is_better", "state"), [(True, "promoted"), (False, "kept")])
    def test_a_version_is_there_with_what_was_compiled(
        self, records: Engine, setup: RetrainingSetup, is_better: bool, state: str
    ) -> None:
        outcome, made = published(records, setup, is_better=is_better)

        assert outcome is not None
        assert (outcome.state, outcome.version) == (state, "v2")
        assert setup.alias.current() == ("v2" if is_better else None)
        assert setup.store.get("v2").card == made
        folder = setup.settings.compiled_dir
        target = compiled_path(folder, made.weights_sha256)
        assert {path: path.read_bytes() for path in folder.iterdir()} == {target: b"compiled"}

    def test_it_is_signed_with_the_form_that_was_compiled(
        self, records: Engine, signed: RetrainingSetup
    ) -> None:
        published(records, signed)

        made = signed.store.get("v2")
        verify_weights(made)
        shipped_compiled_path(made.weights).write_bytes(b"compiled")
        verify_weights(made)
        shipped_compiled_path(made.weights).write_bytes(b"something else")
        with pytest.raises(InvalidCheckpoint, match="signed"):
            verify_weights(made)

    @pytest.mark.parametrize("change", [{"signing_key": ""}, {"trusted_signers": OTHER_KEY}])
    def test_nothing_is_trained_that_no_server_would_serve(
        self, database: Engine, signed: RetrainingSetup, change: dict[str, str]
    ) -> None:
        with pytest.raises(InvalidRequest, match="no server would serve"):
            prepare(signed.settings.model_copy(update=change), database)

    def test_an_unsigned_champion_is_no_parent(
        self, database: Engine, signed: RetrainingSetup
    ) -> None:
        signature_path(signed.parent.weights).unlink()

        with pytest.raises(InvalidCheckpoint, match="not signed"):
            prepare(signed.settings, database)

    def test_of_a_cancelled_job_nothing_is_left(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        jobs.stop(records, "job", JobState.CANCELLED, reason="by request", task="pneumonia")

        outcome, _ = published(records, setup)

        assert outcome is None
        assert setup.store.versions() == ["v1"]
        assert not staged_by("job", setup.settings.compiled_dir).exists()
        assert list(setup.settings.compiled_dir.iterdir()) == []

    def test_where_a_person_moved_the_champion_meanwhile_the_version_is_kept_with_the_reason(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        setup.alias.move("v7", previous="v1", by="api", reason="by hand")

        outcome, _ = published(records, setup)

        assert outcome is not None
        assert (outcome.state, outcome.version) == ("kept", "v2")
        assert "The champion is v7 by now, no longer v1." in outcome.reason
        assert "was compared with v1 only" in outcome.reason
        assert setup.alias.current() == "v7"

    def test_over_a_damaged_file_with_a_sound_copy_the_version_is_promoted(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        setup.alias.move("v7", previous="v1", by="api", reason="by hand")
        setup.alias.move("v1", previous="v7", by="api", reason="back", kind=MoveKind.ROLLBACK)
        setup.alias.path.write_bytes(b"[")

        outcome, _ = published(records, setup)

        assert outcome is not None
        assert outcome.state == "promoted"
        assert [move.version for move in setup.alias.history()] == ["v7", "v1", "v2"]
        assert len(list(setup.store.folder.glob(f"{FILE_NAME}.damaged-*"))) == 1

    def test_where_the_champion_cannot_be_changed_the_version_is_kept_with_the_reason(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        setup.store.folder.mkdir(parents=True)
        (setup.store.folder / FILE_NAME).write_bytes(b"[")

        outcome, _ = published(records, setup)

        assert outcome is not None
        assert (outcome.state, outcome.version) == ("kept", "v2")
        assert "promote it by hand" in outcome.reason


class TestPublishingBeside:
    """What was judged for a site and refused is a challenger of its own."""

    def test_both_are_versions_and_nothing_answers_by_them(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        outcome, made = published(records, setup, is_better=False, is_beside=True)

        assert outcome is not None
        assert (outcome.state, outcome.version) == ("kept", "v2")
        assert setup.store.versions() == ["v1", "v2", "v3"]
        other = setup.store.get("v3")
        verify_weights(other)
        assert setup.store.get("v2").card == made
        names = {path.name for path in (setup.store.folder / "v2").iterdir()}
        assert names == {WEIGHTS_NAME, CARD_NAME}
        folder = setup.settings.compiled_dir
        assert {path.read_bytes() for path in folder.iterdir()} == {b"compiled", b"compiled v3"}
        assert setup.alias.current() is None

    def test_of_a_cancelled_job_neither_is_left(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        jobs.stop(records, "job", JobState.CANCELLED, reason="by request", task="pneumonia")

        outcome, _ = published(records, setup, is_beside=True)

        assert outcome is None
        assert setup.store.versions() == ["v1"]
        assert list(setup.settings.compiled_dir.iterdir()) == []

    def test_the_oldest_of_both_go_when_there_are_too_many(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        published(records, setup, is_better=False, is_beside=True)
        settings = setup.settings.model_copy(update={"keep_versions": 1})

        discard_old_versions(records, settings)

        assert setup.store.versions() == ["v1", "v3"]


class TestPublishingForTheOnlySite:
    """Where an installation says that its site is everybody."""

    SITES = (SiteVerdict(ONE_SITE, True, "champion", ()),)

    @pytest.fixture
    def setup(self, setup: RetrainingSetup) -> RetrainingSetup:
        settings = setup.settings.model_copy(update={"scope": "site"})
        return replace(setup, settings=settings)

    def test_everybody_is_answered_by_it_and_by_its_profile(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        outcome, _ = published(records, setup, sites=self.SITES, fits={ONE_SITE: fit(version="v1")})

        assert outcome is not None
        assert outcome.state == "promoted"
        assert setup.alias.current() == "v2"
        (state,) = SiteStore(setup.store.folder / SITES_FOLDER).states()
        assert state.profile is not None
        assert (state.name, state.profile.version) == (ONE_SITE, "v2")
        assert own_version(site_alias(setup.alias, ONE_SITE)) is None

    def test_where_the_champion_was_moved_meanwhile_its_profile_is_undone(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        setup.alias.move("v7", previous="v1", by="api", reason="by hand")

        outcome, _ = published(records, setup, sites=self.SITES, fits={ONE_SITE: fit()})

        assert outcome is not None
        assert outcome.state == "kept"
        assert SiteStore(setup.store.folder / SITES_FOLDER).state(ONE_SITE).profile is None


class TestPublishingForASite:
    def test_the_site_is_answered_by_it_and_the_champion_stays(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        sites = (SiteVerdict("here", True, "champion", ()), SiteVerdict("there", False, "v1", ()))

        outcome, _ = published(records, setup, is_better=False, sites=sites)

        assert outcome is not None
        assert (outcome.state, outcome.version) == ("promoted_for_site", "v2")
        assert outcome.reason.startswith("It answers 'here' from now on. Gained there, lost here.")
        assert setup.alias.current() is None
        assert own_version(site_alias(setup.alias, "here")) == "v2"
        assert own_version(site_alias(setup.alias, "there")) is None
        (move,) = site_alias(setup.alias, "here").history()
        assert (move.by, move.reason) == ("retraining job", "Gained there, lost here.")

    def test_it_is_read_there_by_the_profile_that_it_was_judged_with(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        sites = (SiteVerdict("here", True, "champion", ()), SiteVerdict("there", False, "v1", ()))
        fits = {"here": fit(version="v1"), "there": fit(version="v1")}

        published(records, setup, is_better=False, sites=sites, fits=fits)

        (state,) = SiteStore(setup.store.folder / SITES_FOLDER).states()
        assert state.profile is not None
        assert (state.name, state.profile.version) == ("here", "v2")
        assert (state.profile.by, state.profile.reason) == (
            "retraining job",
            "Gained there, lost here.",
        )

    def test_where_a_person_gave_the_site_another_version_meanwhile_it_is_kept(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        site_alias(setup.alias, "here").move("v7", by="api", reason="by hand")
        sites = (SiteVerdict("here", True, "champion", ()),)

        outcome, _ = published(records, setup, is_better=False, sites=sites, fits={"here": fit()})

        assert SiteStore(setup.store.folder / SITES_FOLDER).state("here").profile is None
        assert outcome is not None
        assert outcome.state == "kept"
        assert "The version of 'here' is v7 by now, no longer champion." in outcome.reason
        assert outcome.verdict is not None
        assert outcome.verdict.failed_for("here") == ("same version",)

    def test_where_the_champion_is_another_one_by_now_it_is_kept(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        workspace = setup.store.folder / "v7"
        workspace.mkdir(parents=True)
        (workspace / WEIGHTS_NAME).write_bytes(b"weights")
        write_card(workspace / CARD_NAME, card(version="v7"))
        setup.alias.move("v7", previous="v1", by="api", reason="by hand")
        sites = (SiteVerdict("here", True, "champion", ()),)

        outcome, _ = published(records, setup, is_better=False, sites=sites)

        assert outcome is not None
        assert outcome.state == "kept"
        assert "The champion is v7 by now, no longer v1." in outcome.reason

    def test_a_site_that_gains_by_the_new_champion_is_answered_by_it(
        self, records: Engine, setup: RetrainingSetup
    ) -> None:
        for site in ("here", "there"):
            site_alias(setup.alias, site).move("v1", by="api", reason="pinned")
        sites = (SiteVerdict("here", True, "v1", ()), SiteVerdict("there", False, "v1", ()))

        outcome, _ = published(records, setup, sites=sites)

        assert outcome is not None
        assert outcome.state == "promoted"
        assert setup.alias.current() == "v2"
        assert own_version(site_alias(setup.alias, "here")) is None
        assert own_version(site_alias(setup.alias, "there")) == "v1"


class TestOldVersions:
    def test_one_in_shadow_is_kept_while_it_runs(
        self, database: Engine, setup: RetrainingSetup
    ) -> None:
        a_store(setup.store.folder, "v1", "v2", "v3", "v4")
        settings = setup.settings.model_copy(update={"keep_versions": 1})
        shadows.start(database, "v2", by="ann", task="pneumonia")

        discard_old_versions(database, settings)
        assert setup.store.versions() == ["v1", "v2", "v4"]

        shadows.stop(database, "v2", task="pneumonia")
        discard_old_versions(database, settings)
        assert setup.store.versions() == ["v1", "v4"]
