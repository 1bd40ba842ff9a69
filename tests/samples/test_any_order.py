"""Whatever is done to samples in whatever order: what was deleted comes back only by an upload."""

import contextlib
import hashlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from api.errors import NotFound
from api.inputs.images.decoding import Limits
from api.records.database import open_database
from api.records.training_images import sample_history, samples
from api.records.training_images.sample_filter import SampleFilter
from api.samples.archive.reader import ArchiveLimits
from api.samples.collection import SampleCollection
from api.samples.curation import delete, relabel
from api.samples.erasing.erasure import NOT_TAKEN
from api.samples.folder_import import import_folder
from api.samples.outcomes import Provenance
from api.tasks.task_files import load_task
from tests.samples.test_folder_import import names, put
from tests.samples.test_racing import files_agree_with_rows
from tests.support import images
from tests.support.examples import examples

LABELS = st.sampled_from(["Normal", "COVID-19"])
CONTENTS = st.sampled_from([images.png(1), images.png(2), images.jpeg(2), images.noise(3)])


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Samples(RuleBasedStateMachine):
    """A collection with real files, and what is expected of it: the class of each film."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms = contextlib.ExitStack()
        folder = Path(self.rooms.enter_context(tempfile.TemporaryDirectory()))
        database = open_database(f"sqlite:///{folder / 'records.db'}", timeout_s=30)
        self.rooms.callback(database.dispose)
        self.collection = SampleCollection(
            task=load_task("pneumonia"),
            folder=folder / "retrain_data",
            database=database,
            limits=Limits(max_bytes=1_000_000),
            archive_limits=ArchiveLimits(10, 5_000_000, 1_000_000),
        )
        self.there: set[str] = set()
        self.deleted: set[str] = set()

    @rule(content=CONTENTS, label=LABELS)
    def upload(self, content: bytes, label: str) -> None:
        self._add(content, label, "upload")
        if samples.find(self.collection.database, hash_of(content), task="pneumonia"):
            self.there.add(hash_of(content))
            self.deleted.discard(hash_of(content))

    @rule(content=CONTENTS, label=LABELS, origin=st.sampled_from(["import", "feedback"]))
    def bring_unconditionally(self, content: bytes, label: str, origin: str) -> None:
        known = hash_of(content) in self.deleted
        outcome = self._add(content, label, origin)
        if outcome == "stored":
            assert not known
            self.there.add(hash_of(content))

    @rule(content=CONTENTS, label=LABELS, named_by_hash=st.booleans())
    def put_by_hand(self, content: bytes, label: str, named_by_hash: bool) -> None:
        name = hash_of(content) if named_by_hash else "by hand"
        before = {record.sha256 for record in self._records()}
        put(self.collection, f"{label}/{name}.png", content)
        import_folder(self.collection)
        new = {record.sha256 for record in self._records()} - before
        assert not new & self.deleted
        self.there |= new

    @precondition(lambda self: self.there)
    @rule(data=st.data(), label=LABELS)
    def relabel(self, data: st.DataObject, label: str) -> None:
        sha256 = data.draw(st.sampled_from(sorted(self.there)))
        assert relabel(self.collection, sha256, label, remark="").label == label

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        sha256 = data.draw(st.sampled_from(sorted(self.there)))
        delete(self.collection, sha256, remark="")
        self.there.discard(sha256)
        self.deleted.add(sha256)

    @precondition(lambda self: self.deleted)
    @rule(data=st.data(), label=LABELS)
    def change_what_is_deleted(self, data: st.DataObject, label: str) -> None:
        sha256 = data.draw(st.sampled_from(sorted(self.deleted)))
        for change in (
            lambda: delete(self.collection, sha256, remark=""),
            lambda: relabel(self.collection, sha256, label, remark=""),
        ):
            try:
                change()
            except NotFound:
                continue
            raise AssertionError("a deleted film could be changed")

    @invariant()
    def rows_are_what_is_there(self) -> None:
        assert {record.sha256 for record in self._records()} == self.there
        assert sample_history.deleted(self.collection.database, task="pneumonia") == self.deleted

    @invariant()
    def files_agree_with_rows(self) -> None:
        assert files_agree_with_rows(self.collection)

    def teardown(self) -> None:
        aside = [name for name in names(self.collection) if name.startswith(NOT_TAKEN)]
        assert len(aside) == len(set(aside))
        self.rooms.close()

    def _add(self, content: bytes, label: str, origin: str) -> str:
        about = Provenance(origin=origin)
        return self.collection.add(content, filename="a", label=label, about=about).outcome

    def _records(self) -> list[samples.SampleRecord]:
        return samples.everything(self.collection.database, SampleFilter(), task="pneumonia")


Samples.TestCase.settings = settings(
    max_examples=examples(25),
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestSamples = Samples.TestCase
