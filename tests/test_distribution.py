"""Files are given to test processes as the lists say, which name files that there are."""

from tests.support.distribution import LONGEST, TESTS, UNITS, WAITING, WARM, unit_of
from tests.support.warm_python import WarmPython


def test_each_file_is_there_and_named_once() -> None:
    assert [name for name in LONGEST if not (TESTS / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


def test_all_that_run_programs_in_the_one_process_are_one_unit() -> None:
    using = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("test_*.py")
        if f"python: {WarmPython.__name__}" in path.read_text("utf-8")
    }

    assert using == set(WARM)
    assert len({unit_of(f"tests/{name}") for name in using}) == 1


def test_those_that_mostly_wait_are_another() -> None:
    assert {unit_of(f"tests/{name}") for name in WAITING} == {f"tests/{WAITING[0]}"}
    assert not set(WAITING) & set(WARM)


def test_any_other_file_is_a_unit_of_its_own() -> None:
    together = {name for unit in UNITS for name in unit}
    others = [f"tests/{name}" for name in LONGEST if name not in together]

    assert [unit_of(name) for name in others] == others
