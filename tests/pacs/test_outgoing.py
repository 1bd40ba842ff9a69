"""Instances wait in files until every destination has their results, and no longer."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.clock import now
from api.errors import NothingToDeliver, StorageFailed
from api.inputs.images.dicom.identity import DicomIdentity
from api.pacs.destinations import DICOM
from api.pacs.outgoing import Outgoing
from api.records.alerting import outbox
from api.records.alerting.outbox import Address, Message, MessageState
from api.samples.erasing.outgoing_instances import forget_outgoing
from api.samples.pseudonyms import PatientPseudonyms
from api.storage.folder_store import FolderStore
from tests.records.stored_predictions import record

TASK = "pneumonia"
A, B = Address(DICOM, "http://a#1"), Address(DICOM, "http://b#2")
UID = "1.2.840.99.77412987"
IDENTITY = DicomIdentity("1.2.840.10008.5.1.4.1.1.1.1", UID, "1.2")


@pytest.fixture
def outgoing(database: Engine, tmp_path: Path) -> Outgoing:
    names = PatientPseudonyms(tmp_path / "patients.key")
    return Outgoing(database, tmp_path / "outgoing", (A, B), names)


def add(outgoing: Outgoing, prediction: str, identity: DicomIdentity = IDENTITY) -> None:
    outgoing.add(replace(record(1), id=prediction), identity, lambda: [b"DI", b"CM"], task=TASK)


def messages(outgoing: Outgoing) -> list[Message]:
    return outbox.newest(outgoing.database, state=None, limit=99)


def files(outgoing: Outgoing) -> list[str]:
    return sorted(path.name for path in outgoing.folder.iterdir())


class TestAdding:
    def test_each_destination_has_a_message_and_the_file_its_owner_alone(
        self, outgoing: Outgoing
    ) -> None:
        add(outgoing, "p1")

        assert {message.address for message in messages(outgoing)} == {A, B}
        assert outgoing.instance("p1") == b"DICM"
        assert (outgoing.folder / "p1.dcm").stat().st_mode & 0o777 == 0o600
        assert UID not in repr(messages(outgoing)) + repr(IDENTITY)

    def test_the_same_instance_is_sent_once(self, outgoing: Outgoing) -> None:
        add(outgoing, "p1")
        add(outgoing, "p2")

        assert {message.payload["prediction"] for message in messages(outgoing)} == {"p1"}
        assert files(outgoing) == ["p1.dcm"]

    def test_what_was_given_up_is_sent_when_it_comes_again(self, outgoing: Outgoing) -> None:
        add(outgoing, "p1")
        for message in messages(outgoing):
            outbox.given_up(outgoing.database, message, error="away", moment=now())
            outgoing.finished(message)
        assert files(outgoing) == []

        add(outgoing, "p2")

        assert [m.state for m in messages(outgoing)] == [MessageState.WAITING] * 2
        assert files(outgoing) == ["p2.dcm"]

    def test_without_destinations_nothing_is_kept(self, outgoing: Outgoing) -> None:
        none = Outgoing(outgoing.database, outgoing.folder, (), outgoing.names)

        add(none, "p1")

        assert not outgoing.folder.exists()
        assert messages(outgoing) == []

    def test_the_last_of_a_disk_is_left_to_the_records(self, outgoing: Outgoing) -> None:
        full = Outgoing(
            outgoing.database, outgoing.folder, (A,), outgoing.names, reserved_bytes=10**18
        )

        with pytest.raises(StorageFailed, match="for its records"):
            add(full, "p1")

        assert (files(outgoing), messages(outgoing)) == ([], [])


class TestForgetting:
    def test_the_file_goes_with_the_last_message(self, outgoing: Outgoing) -> None:
        add(outgoing, "p1")
        first, second = messages(outgoing)

        outbox.delivered(outgoing.database, first, now())
        outgoing.finished(first)
        assert files(outgoing) == ["p1.dcm"]
        outbox.delivered(outgoing.database, second, now())
        outgoing.finished(second)

        assert files(outgoing) == []
        with pytest.raises(NothingToDeliver, match="send it again"):
            outgoing.instance("p1")

    def test_an_erased_answer_takes_it_along(self, outgoing: Outgoing) -> None:
        add(outgoing, "p1")

        forget_outgoing(outgoing.folder, ["p1", "unknown"])

        assert files(outgoing) == []

    def test_what_a_killed_process_left_goes_after_an_hour(self, outgoing: Outgoing) -> None:
        add(outgoing, "p1")
        for name in ("left.dcm", ".tmp-left.dcm"):
            (outgoing.folder / name).write_bytes(b"DICM")
        old = (now() - timedelta(hours=2)).timestamp()

        assert outgoing.tidy(now()) == 0
        for path in outgoing.folder.iterdir():
            os.utime(path, (old, old))
        assert outgoing.tidy(now()) == 2

        assert files(outgoing) == ["p1.dcm"]


class TestSharing:
    def test_another_machine_sends_and_forgets_it(self, outgoing: Outgoing, tmp_path: Path) -> None:
        one = replace(outgoing, shared=FolderStore(tmp_path / "shared"))
        other = replace(one, folder=tmp_path / "of the other machine")
        add(one, "p1")

        assert (files(one), other.instance("p1")) == ([], b"DICM")
        for message in messages(other):
            outbox.delivered(other.database, message, now())
            other.finished(message)

        with pytest.raises(NothingToDeliver):
            one.instance("p1")

    def test_what_nobody_waits_for_goes_after_an_hour(
        self, outgoing: Outgoing, tmp_path: Path
    ) -> None:
        blobs = FolderStore(tmp_path / "shared")
        shared = replace(outgoing, shared=blobs)
        add(shared, "p1")
        blobs.put("left.dcm", b"DICM")
        later = now() + timedelta(hours=2)

        assert shared.tidy(now()) == 0
        assert shared.tidy(later) == 1
        assert [blob.key for blob in blobs.list()] == ["p1.dcm"]
