"""A site's films, from the training folder to its own version with its profile behind `/predict`.

What would take a minute is the learning itself. Here the network learns in its last layer alone, in
closed form; all else is the product's: what is judged, what comes of it, the files, the server.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np
import pytest
from PIL import ImageDraw
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.evaluation.gate.promotion_gate import for_one_site
from api.inputs.discovery import LabelledImage
from api.inputs.images.decoding import Limits
from api.model_card.promotion_policy import Check
from api.records.database import open_database
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome
from api.registry.holdout import read_holdout
from api.registry.sites.site_names import ONE_SITE
from api.registry.sites.site_profiles import sites_of
from api.registry.store import holdout_path
from api.samples.archive.reader import ArchiveLimits
from api.samples.collection import SampleCollection
from api.samples.outcomes import Provenance
from api.serving.sites.live_sites import LiveSites
from api.serving.sites.site_models import SiteModels
from api.settings import Settings
from api.tasks.task import Task
from api.training.assessment.assess_retrained import (
    NewImages,
    Parent,
    assess_retrained,
)
from api.training.assessment.comparison import GateComparison
from api.training.assessment.sites.cross_fit import label_aurocs
from api.training.assessment.sites.fitted_network import (
    FittedNetwork,
    Fold,
    SharePoint,
    Weights,
    mean_weights,
)
from api.training.data.frozen_backbone import FrozenBackbone
from api.training.data.latent_cache import LatentCache
from api.training.data.sample_set import read_samples
from api.training.data.splits import TRAIN, folds
from api.training.data.trainable_tail import TrainableTail
from api.training.models import mobilenet
from api.training.models.mobilenet import FEATURES, LOGITS
from api.training.pipelines.challenger import Retrained
from api.training.pipelines.challenger_card import load_parent
from api.training.pipelines.publish import conclude, publish
from api.training.pipelines.retraining_setup import RetrainingSetup, prepare
from api.training.pipelines.sites.site_candidate import Candidate, Candidates, for_sites
from tests.conftest import ready_client, settings_below
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.web.response_checks import Documented, answer

SITE = "St. Anna"
# A quarter is held out, and a profile needs 20 of each kind to learn from.
OF_A_KIND = 28
# The small checkpoint remembers eight films, by which nothing can be shown: nobody else gets what
# it becomes, and nothing is a collapse.
GATE = {
    "min_local_films": 1000,
    "site_margin": 1.0,
    "site_auroc_margin": 2.0,
    "site_kind_margin": 1.0,
    "site_one_sided_margin": 1.0,
}
PENALTY = 0.1


def film(number: int, *, is_ill: bool) -> bytes:
    """Of equipment that nobody knows: dark, under boxes. What is ill has a bright lung."""
    image = images.image("clear", seed=number).point(lambda grey: grey // 2)
    draw, rng = ImageDraw.Draw(image), np.random.default_rng(number)
    for _ in range(4):
        x, y = rng.integers(0, 200, 2).tolist()
        draw.rectangle((x, y, x + 50, y + 40), fill=0)
    if is_ill:
        x, y = rng.integers(20, 130, 2).tolist()
        draw.ellipse((x, y, x + 100, y + 100), fill=210)
    return images.encoded(image, "PNG")


def collect(database: Engine, settings: Settings, task: Task) -> None:
    """Films of the site, as "normal" and "a finding, kind unknown", and a job that learns them."""
    collection = SampleCollection(
        task, settings.retrain_dir / task.name, database, Limits(), ArchiveLimits(1, 1, 1)
    )
    for label, is_ill in (("Normal", False), ("finding", True)):
        for number in range(OF_A_KIND):
            content = film(6000 + number + 100 * is_ill, is_ill=is_ill)
            about = Provenance(source=SITE)
            outcome = collection.add(content, filename="a.png", label=label, about=about)
            assert outcome.outcome == "stored", outcome.reason
    jobs.create(database, job_id="job", task=task.name, samples=collection.counts())
    jobs.start(database, "job", task=task.name)


def learned(
    model: keras.Model, xrays: list[LabelledImage], new: NewImages, parent: Parent
) -> Weights:
    """Weights of the network with a last layer that tells the films apart (ridge regression)."""
    latents = NewImages({TRAIN: xrays}, new.store, new.task).latents(TRAIN)
    features = TrainableTail(model, parent.replay.first_trainable, until=FEATURES)(latents)
    inputs = np.hstack([features, np.ones((len(features), 1))]).astype(np.float64)
    none = new.task.negative_index
    aims = np.where(latents.targets == none, 3.0, -3.0)
    scale = PENALTY * float(np.mean(inputs**2)) * len(inputs)
    solved = np.linalg.solve(inputs.T @ inputs + scale * np.eye(inputs.shape[1]), inputs.T @ aims)
    kernel, biases = (np.zeros_like(each) for each in model.get_layer(LOGITS).get_weights())
    kernel[:, none], biases[none] = solved[:-1], solved[-1]
    before = model.get_weights()
    model.get_layer(LOGITS).set_weights([kernel, biases])
    weights: Weights = model.get_weights()
    model.set_weights(before)
    return weights


def learned_in_folds(model: keras.Model, new: NewImages, parent: Parent) -> FittedNetwork:
    """As a retraining learns; the network is left as it was."""
    made = []
    for held in folds(new.images[TRAIN], 3, seed=0):
        left_out = {image.sha256 for image in held}
        rest = [image for image in new.images[TRAIN] if image.sha256 not in left_out]
        made.append(Fold(held, rest, learned(model, rest, new, parent)))
    after = mean_weights([fold.weights for fold in made])
    # What everybody may get keeps nothing of it, what the site may get all.
    point = SharePoint(1.0, 0.0, 0.1)
    return FittedNetwork(model.get_weights(), after, 0.0, tuple(made), (point,))


def judged(
    setup: RetrainingSetup, database: Engine, task: Task, model: keras.Model
) -> tuple[Retrained, Candidate, Candidates]:
    """What a retraining finds of the films: what was judged for everybody, and what came of it."""
    known: set[str] = set()
    parent = load_parent(setup.parent, model, known, negative_index=task.negative_index)
    held_out = read_holdout(holdout_path(setup.parent.weights))
    samples = read_samples(
        database, setup.settings.retrain_dir / task.name, task, learned=known, held_out=known
    ).without_validation()
    if setup.is_one_site:
        samples = samples.of_site(ONE_SITE)
    recipe = task.retraining.model_copy(
        update={"tail_from": parent.replay.first_trainable, "max_forgotten_site": 1.0}
    )
    store = LatentCache(
        setup.settings.latents_dir,
        FrozenBackbone(mobilenet.frozen_layers(model, recipe.tail_from), setup.spec),
        recipe.augmentation,
        0,
    )
    for members in samples.by_split.values():
        store.fill(members, variants=False)
    new = NewImages(samples.by_split, store, task)
    comparison = GateComparison(model, parent, new, task, judged_before=known, in_folds=True)
    fitted = learned_in_folds(model, new, parent)
    aurocs = label_aurocs(model, fitted, new, parent)
    assessment = assess_retrained(model, new, parent, task)
    verdict = comparison.verdict(assessment, aurocs=aurocs)
    first = Candidate(assessment, verdict, 0.0, model.get_weights())
    found = for_sites(first, comparison, fitted, model, new, parent, task, recipe, aurocs=aurocs)
    retrained = Retrained(
        setup=setup,
        parent=parent,
        samples=samples,
        new=new,
        comparison=comparison,
        held_out=held_out,
        memory=lambda: parent.memory,
        frozen=store.backbone.digest,
        recipe=recipe,
        history=(),
        skipped=Counter(),
        started=time.monotonic(),
    )
    return retrained, first, found


@dataclass(frozen=True, slots=True)
class Retraining:
    """One whose version may answer the site, which was published as if it may not."""

    settings: Settings
    setup: RetrainingSetup
    database: Engine
    found: Candidate
    outcome: JobOutcome


@pytest.fixture(scope="module")
def gate(task: Task) -> Task:
    return task.model_copy(update={"gate": {**task.gate, **GATE}})


@pytest.fixture(scope="module")
def retraining(
    gate: Task, tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Retraining]:
    folder = tmp_path_factory.mktemp("site")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = settings_below(folder, tiny)
    database = open_database(settings.records_url, timeout_s=10)
    collect(database, settings, gate)
    setup = replace(prepare(settings, database), task=gate)
    model = mobilenet.load(setup.parent.weights)
    retrained, first, found = judged(setup, database, gate, model)
    assert found.beside is None, found.chosen.verdict
    luck = replace(
        found.chosen.verdict,
        sites=tuple(
            site.refused(Check("gain at the site", False, "That may be luck."))
            for site in found.chosen.verdict.sites
        ),
    )
    kept = Candidates(first, replace(found.chosen, verdict=luck))
    with setup.store.workspace("job") as workspace:
        made = retrained.write_all(model, kept, workspace)
        outcome = publish(
            database,
            setup,
            "job",
            workspace,
            made.version.card,
            made.version.compiled,
            made.verdict,
            fits=made.fits,
            beside=made.beside,
        )
    assert outcome is not None
    yield Retraining(settings, setup, database, found.chosen, outcome)
    database.dispose()


@pytest.fixture
def client(retraining: Retraining, documented: Documented) -> Iterator[TestClient]:
    """A server that is asked about films of the site; nothing answers there but the champion."""
    with ready_client(retraining.settings, documented) as client:
        yield client
        answer(client.post("/models/rollback", params={"source": SITE}))
        answer(client.delete(f"/sites/{SITE}"))


def asked(client: TestClient, source: str | None) -> tuple[str, str | None, list[bool]]:
    """Version, profile, and whether a healthy film of the site and an ill one are called ill."""
    params = {"source": source} if source else {}
    given = [
        answer(client.post("/predict", params=params, files={"file": film(9, is_ill=is_ill)}))
        for is_ill in (False, True)
    ]
    decisions = [each["decision"] == "positive" for each in given]
    return given[0]["model_version"], given[0]["site_profile"], decisions


class TestAVersionForASite:
    def test_its_films_alone_make_a_version_that_answers_it_with_its_profile(
        self, retraining: Retraining, client: TestClient
    ) -> None:
        found = retraining.found
        assert not found.verdict.promoted
        assert found.verdict.promoted_sites == (SITE,)

        outcome = conclude(retraining.setup, "v3", found.verdict, "job", fits=found.fits)
        for refresh in (sites.refresh for sites in served(client)):
            refresh()

        assert outcome.state == "promoted_for_site"
        state = sites_of(retraining.setup.store).state(SITE)
        assert state.profile is not None
        assert (state.profile.by, state.profile.version) == ("retraining job", "v3")
        assert state.profile.fit.n == 42
        assert asked(client, SITE) == ("v3", state.profile.id, [False, True])
        version, profile, _ = asked(client, None)
        assert (version, profile) == ("v1", None)

    def test_what_is_refused_is_a_challenger_that_a_person_may_give_the_site(
        self, retraining: Retraining, client: TestClient
    ) -> None:
        outcome = retraining.outcome
        assert outcome.verdict is not None
        (site,) = outcome.verdict.sites
        assert (outcome.state, outcome.version, site.version) == ("kept", "v2", "v3")
        assert asked(client, SITE)[:2] == ("v1", None)

        sent = {"reason": "They asked for it."}
        body = answer(client.post("/models/v3/promote", params={"source": SITE}, json=sent))

        assert body["overrides"] == ["gain at the site"]
        applied = answer(client.get(f"/sites/{SITE}"))["applied"]
        measured = retraining.found.fits[SITE].model_copy(update={"version": "v3"})
        assert applied["fit"] == measured.model_dump(mode="json")
        assert asked(client, SITE) == ("v3", applied["id"], [False, True])

    def test_where_it_is_the_only_site_it_is_judged_just_so(
        self, retraining: Retraining, gate: Task
    ) -> None:
        settings = retraining.settings.model_copy(update={"scope": "site"})
        setup = replace(retraining.setup, settings=settings)
        model = mobilenet.load(setup.parent.weights)

        _, _, found = judged(setup, retraining.database, gate, model)

        named, only = (
            verdict.sites[0] for verdict in (retraining.found.verdict, found.chosen.verdict)
        )
        assert only.site == ONE_SITE
        assert [check.name for check in only.checks] == [check.name for check in named.checks]
        assert "labels of the site can be learned" in [check.name for check in only.checks]
        assert [(check.champion, check.challenger) for check in only.checks] == [
            (check.champion, check.challenger) for check in named.checks
        ]
        assert found.chosen.fits.keys() == {ONE_SITE}
        assert for_one_site(found.chosen.verdict).promoted


def served(client: TestClient) -> tuple[LiveSites, SiteModels]:
    """What a server looks at again every other second."""
    serving = client.app.state.services.serving  # type: ignore[attr-defined]
    return serving.sites, serving.site_models
