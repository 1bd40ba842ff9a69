"""Memory that nothing uses any more is looked for now and then.

Streamlit does so after each run of a page or of a part of one (`runner.postScriptGC`, which
`.streamlit/config.toml` turns off). A look takes some 50 milliseconds, in which this process
answers nobody, and each open page runs a part of itself once or twice a second.
"""

import gc
import threading
import time

LOOK_EVERY_S = 15.0
NAME = "spare-memory"


def give_back() -> None:
    """Have this process look for it from now on; called again, it does no more."""
    if all(thread.name != NAME for thread in threading.enumerate()):
        threading.Thread(target=_look_now_and_then, name=NAME, daemon=True).start()


def _look_now_and_then() -> None:
    made = young_collections()
    while True:
        time.sleep(LOOK_EVERY_S)
        made = look(made)


def look(made: int) -> int:
    """Look where `young_collections` is no longer `made`: where nothing ran, nothing was left over.
    How many they are now."""
    if young_collections() != made:
        gc.collect()
    return young_collections()


def young_collections() -> int:
    """How often Python looked through its newest objects: it does where many were made."""
    return int(gc.get_stats()[0]["collections"])
