"""A film that is there already, or may not be: twins, conflicts, films that are held out."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from api.inputs.images.decoding import decode
from api.inputs.images.perceptual_hash import perceptual_hash
from api.records.training_images import sample_history, samples
from api.records.training_images.sample_filter import SampleFilter
from api.registry.holdout import HoldoutHashes
from api.samples.collection import SampleCollection
from api.samples.curation import relabel
from api.samples.outcomes import outcome_counts
from api.samples.upload import add_upload
from tests.support import images
from tests.support.stores import stored_files


class TestMeetingAgain:
    """What becomes of a film that is known."""

    def test_the_same_picture_again_is_a_duplicate(self, collection: SampleCollection) -> None:
        collection.add(images.png(), filename="a.png", label="Normal")

        outcome = collection.add(images.png(), filename="b.png", label="Normal")

        assert outcome.outcome == "duplicate"
        assert len(stored_files(collection)) == 1
        assert samples.counts(collection.database, task="pneumonia") == {"Normal": 1}

    def test_the_same_picture_with_another_label_is_a_conflict(
        self, collection: SampleCollection
    ) -> None:
        collection.add(images.png(), filename="a.png", label="Normal")

        outcome = collection.add(images.png(), filename="a.png", label="COVID-19")

        assert outcome.outcome == "conflict"
        assert "is stored as Normal" in (outcome.reason or "")
        assert "until somebody decides (page Films, Conflicts)" in (outcome.reason or "")
        assert outcome.sha256
        assert len(stored_files(collection)) == 1

    def test_nobody_learns_from_a_picture_of_two_classes(
        self, collection: SampleCollection
    ) -> None:
        for label in ("Normal", "COVID-19", "Pneumonia-Viral"):
            collection.add(images.png(), filename=f"{label}.png", label=label)
        (stored,) = samples.everything(collection.database, SampleFilter(), task="pneumonia")

        assert (stored.label, stored.disputed) == ("Normal", "COVID-19")
        assert samples.everything(collection.database, task="pneumonia") == []
        assert samples.counts(collection.database, task="pneumonia") == {}
        (change,) = sample_history.changes(collection.database, stored.sha256, task="pneumonia")
        assert (change.what, change.before, change.after) == ("disputed", "Normal", "COVID-19")
        # No file name: it may be a patient's, and the history stays.
        assert change.remark == "The same picture came as COVID-19."

    def test_what_was_decided_is_not_disputed_again(self, collection: SampleCollection) -> None:
        collection.add(images.png(), filename="a.png", label="Normal")
        first = collection.add(images.png(), filename="b.png", label="COVID-19")
        relabel(collection, str(first.sha256), "Normal", remark="PCR negative")

        again = collection.add(images.jpeg(), filename="c.jpg", label="COVID-19")

        assert again.outcome == "conflict"
        assert "somebody decided (PCR negative)" in (again.reason or "")
        assert samples.counts(collection.database, task="pneumonia") == {"Normal": 1}

    def test_the_same_image_in_another_file_is_a_near_duplicate(
        self, collection: SampleCollection
    ) -> None:
        outcomes = add_upload(
            collection,
            [("a.png", io.BytesIO(images.png(3))), ("b.jpg", io.BytesIO(images.jpeg(3)))],
            label="Normal",
        )

        assert [outcome.outcome for outcome in outcomes] == ["stored", "near_duplicate"]
        assert "is stored (a.png)" in (outcomes[1].reason or "")
        assert len(stored_files(collection)) == 1

    def test_the_same_image_in_another_file_and_class_is_a_conflict(
        self, collection: SampleCollection
    ) -> None:
        first = collection.add(images.png(3), filename="a.png", label="Normal")

        second = collection.add(images.jpeg(3), filename="b.jpg", label="COVID-19")

        assert (second.outcome, second.sha256) == ("conflict", first.sha256)
        assert (
            samples.get(collection.database, str(first.sha256), task="pneumonia").disputed
            == "COVID-19"
        )

    def test_an_image_that_the_model_is_measured_on_is_refused(
        self, collection: SampleCollection
    ) -> None:
        content = images.png(3)
        near = perceptual_hash(collection.spec.resize(decode(content, collection.limits)))
        held_out = HoldoutHashes().with_images([(hashlib.sha256(content).hexdigest(), near)])
        guarded = replace(collection, held_out=lambda: held_out)

        for name, picture in (("a.png", content), ("b.jpg", images.jpeg(3))):
            outcome = guarded.add(picture, filename=name, label="Normal")
            assert outcome.outcome == "rejected"
            assert "must never learn from it" in (outcome.reason or "")

        assert guarded.add(images.png(4), filename="c.png", label="Normal").outcome == "stored"
        assert len(stored_files(collection)) == 1

    def test_a_duplicate_restores_a_file_that_was_lost(self, collection: SampleCollection) -> None:
        collection.add(images.png(), filename="a.png", label="Normal")
        collection.files.delete(*stored_files(collection))

        collection.add(images.png(), filename="a.png", label="Normal")

        assert len(stored_files(collection)) == 1

    def test_at_the_same_time_one_is_stored_and_the_others_are_duplicates(
        self, collection: SampleCollection
    ) -> None:
        content = images.png()

        with ThreadPoolExecutor(6) as pool:
            outcomes = list(
                pool.map(
                    lambda n: collection.add(content, filename=f"{n}.png", label="Normal"),
                    range(6),
                )
            )

        assert outcome_counts(outcomes) == {"stored": 1, "duplicate": 5}
        assert len(stored_files(collection)) == 1

    def test_at_the_same_time_under_two_labels_one_wins_and_one_file_is_left(
        self, collection: SampleCollection
    ) -> None:
        content, labels = images.png(), ["Normal", "COVID-19"] * 3

        with ThreadPoolExecutor(6) as pool:
            outcomes = list(
                pool.map(
                    lambda label: collection.add(content, filename="a.png", label=label), labels
                )
            )

        winner = next(o.label for o in outcomes if o.outcome == "stored")
        assert outcome_counts(outcomes) == {"stored": 1, "duplicate": 2, "conflict": 3}
        assert [name.split("/")[0] for name in stored_files(collection)] == [winner]
