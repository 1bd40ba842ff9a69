"""What is kept of an error tells where it happened, and nothing of what was worked on."""

import traceback
from collections.abc import Callable
from typing import Any

from api.errors import AppError
from api.inputs.tabular.rows import parse_json
from api.kinds.by_name import kind_of
from api.records.servers.error_summary import ErrorSummary, RemoteError, summary_of

PATIENT = "Doe_Jane_1970.png"


def caught(work: Callable[[], Any]) -> ErrorSummary:
    try:
        work()
    except (KeyError, RuntimeError, TypeError, ArithmeticError, AppError) as exc:
        return summary_of(exc)
    raise AssertionError("nothing was raised")


def lookup(name: str) -> None:
    {}[name]  # type: ignore[index]


def translated() -> None:
    try:
        lookup(PATIENT)
    except KeyError as exc:
        raise RuntimeError(f"cannot read {PATIENT}") from exc


class TestTheTraceback:
    def test_it_has_files_lines_and_functions(self) -> None:
        found = caught(lambda: lookup(PATIENT))

        assert found.type == "KeyError"
        assert "  tests/records/servers/test_error_summary.py:" in found.traceback
        assert " in lookup\n" in found.traceback

    def test_neither_messages_nor_values_are_in_it(self) -> None:
        assert PATIENT not in caught(lambda: lookup(PATIENT)).traceback
        assert PATIENT not in caught(translated).traceback

    def test_the_error_behind_it_is_there(self) -> None:
        found = caught(translated)

        assert found.type == "RuntimeError"
        assert "because of\nKeyError\n" in found.traceback

    def test_files_of_packages_are_named_without_this_machines_folders(self) -> None:
        found = caught(lambda: parse_json(object()))  # type: ignore[arg-type]

        files = [line for line in found.traceback.splitlines() if line.startswith("  ")]
        assert not any(line.startswith("  /") for line in files)

    def test_that_of_another_process_has_its_frames_and_not_its_message(self) -> None:
        try:
            lookup(PATIENT)
        except KeyError:
            written = traceback.format_exc()

        def fails() -> None:
            raise RemoteError("A compute process failed", written)

        found = caught(fails)
        assert "because of\nKeyError\n  tests/records/servers/" in found.traceback
        assert PATIENT not in found.traceback


class TestTheFingerprint:
    def test_it_does_not_depend_on_values(self) -> None:
        assert caught(lambda: lookup("a")).fingerprint == caught(lambda: lookup("b")).fingerprint

    def test_another_place_or_type_is_another_kind(self) -> None:
        found = {
            caught(lambda: lookup("a")).fingerprint,
            caught(translated).fingerprint,
            caught(lambda: kind_of("no such kind")).fingerprint,
            caught(lambda: 1 / 0).fingerprint,
        }

        assert len(found) == 4

    def test_processes_that_failed_differently_are_different_kinds(self) -> None:
        def failing(written: str) -> Callable[[], None]:
            def fails() -> None:
                raise RemoteError("A compute process failed", written)

            return fails

        one = caught(failing('  File "/x/api/a.py", line 3, in read\nKeyError: 1'))
        other = caught(failing('  File "/x/api/b.py", line 3, in read\nValueError: 1'))

        assert one.fingerprint != other.fingerprint
