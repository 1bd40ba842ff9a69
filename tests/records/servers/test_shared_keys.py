"""Keys that all nodes have to share: another one is noticed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select

from api.errors import WrongKey
from api.inputs.stored_names import KEY_NAME as FILENAME_KEY
from api.records.database import reading
from api.records.servers.key_tables import shared_keys
from api.records.servers.shared_keys import PATIENT_KEY, SharedKey

OURS, THEIRS = bytes(32), bytes(31) + b"\1"


def of_node(database: Engine, node: str, name: str = PATIENT_KEY) -> SharedKey:
    return SharedKey(database, name, node)


class TestChecking:
    def test_the_first_key_is_that_of_all_nodes(self, database: Engine) -> None:
        of_node(database, "node-2").check(None)
        of_node(database, "node-1").check(OURS)

        of_node(database, "node-2").check(OURS)
        for key, words in ((THEIRS, "has another"), (None, "has no")):
            with pytest.raises(WrongKey, match=f"of node 'node-1'.* {words} 'patients.key'") as exc:
                of_node(database, "node-2").check(key)
            assert "Copy that file from the state folder" in exc.value.message
            assert "db accept-keys" in exc.value.message

    def test_each_key_is_compared_with_its_own(self, database: Engine) -> None:
        of_node(database, "node-1").check(OURS)

        of_node(database, "node-2", FILENAME_KEY).check(THEIRS)

    def test_of_many_at_once_one_is_first(self, database: Engine) -> None:
        def register(number: int) -> bool:
            try:
                of_node(database, f"node-{number}").check(bytes([number]) * 32)
            except WrongKey:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(register, range(8))) == 1

    def test_the_key_itself_is_not_in_the_records(self, database: Engine) -> None:
        of_node(database, "node-1").check(OURS)

        with reading(database) as connection:
            (row,) = connection.execute(select(shared_keys))
        assert OURS.hex() not in str(row)
        assert len(row.fingerprint) == 64
