"""No search for garbage while a process imports, nor as it ends; in between there is."""

import subprocess
import sys

PROGRAM = """
import atexit, gc
frozen = {}
# What was registered first is called last.
atexit.register(lambda: print("at the end", gc.get_freeze_count() - frozen["imported"] > 900))
from api import import_pause
print("while it imports", gc.isenabled())
import_pause.end()
frozen["imported"] = gc.get_freeze_count()
print("afterwards", gc.isenabled())
made = [[] for _ in range(1000)]
"""


def test_garbage_is_looked_for_between_the_imports_and_the_end() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert ended.stdout.splitlines() == [
        "while it imports False",
        "afterwards True",
        "at the end True",
    ]
