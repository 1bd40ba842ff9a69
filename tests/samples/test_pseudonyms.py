"""Pseudonyms of patients."""

import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.errors import StorageFailed, WrongKey
from api.samples.open_collection import patient_pseudonyms
from api.samples.pseudonyms import PatientPseudonyms
from api.settings import Settings


class TestPseudonyms:
    def test_a_patient_has_one_and_nobody_else_has_it(self, tmp_path: Path) -> None:
        pseudonyms = PatientPseudonyms(tmp_path / "state" / "patients.key")

        one = pseudonyms.of("hospital\\7741")

        assert re.fullmatch(r"dcm-[0-9a-f]{20}", one)
        assert one == PatientPseudonyms(tmp_path / "state" / "patients.key").of("hospital\\7741")
        assert len({one, pseudonyms.of("hospital\\7742"), pseudonyms.of("other\\7741")}) == 3

    def test_another_installation_has_another(self, tmp_path: Path) -> None:
        one, other = (PatientPseudonyms(tmp_path / name / "key").of("7741") for name in "ab")

        assert one != other

    def test_only_the_owner_reads_the_key(self, tmp_path: Path) -> None:
        PatientPseudonyms(tmp_path / "key").of("7741")

        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["key"]

    def test_several_at_once_agree_on_one_key(self, tmp_path: Path) -> None:
        def pseudonym(_: int) -> str:
            return PatientPseudonyms(tmp_path / "key").of("7741")

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(pseudonym, range(32)))) == 1

    def test_a_folder_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "state").write_bytes(b"a file is in the way")

        with pytest.raises(StorageFailed):
            PatientPseudonyms(tmp_path / "state" / "patients.key").of("7741")


class TestSeveralNodes:
    @pytest.fixture
    def node(self, database: Engine, tmp_path: Path) -> Callable[[str], PatientPseudonyms]:
        """A node's own state folder, and the records of all."""

        def of(name: str) -> PatientPseudonyms:
            settings = Settings(state_dir=tmp_path / name, node=name)
            return patient_pseudonyms(settings, database)

        return of

    def test_one_without_the_others_key_makes_none_of_its_own(
        self, node: Callable[[str], PatientPseudonyms]
    ) -> None:
        node("one").of("7741")

        with pytest.raises(WrongKey, match="of node 'one'"):
            node("two").of("7741")

        assert not node("two").key_file.exists()

    def test_with_the_others_key_a_patient_is_the_same(
        self, node: Callable[[str], PatientPseudonyms]
    ) -> None:
        key = node("two").key_file
        key.parent.mkdir()
        key.write_bytes(b"another key")
        one = node("one").of("7741")
        with pytest.raises(WrongKey, match="this machine has another"):
            node("two").of("7741")

        shutil.copyfile(node("one").key_file, key)

        assert node("two").of("7741") == one
