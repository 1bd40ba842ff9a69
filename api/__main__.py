"""`python -m api`."""

import gc

# A command makes some 200 000 objects as it is imported, and none of them goes away.
gc.set_threshold(100_000, 20, 20)

from api.cli import app  # noqa: E402 # what it imports is what this is for

try:
    app(prog_name="python -m api")
finally:
    # Python looks for garbage once more as it ends, in all that was imported.
    gc.freeze()
