"""Nothing of what a process imports goes away. Looking for it meanwhile, as for garbage, takes a
third of a server's start and a fifth of TensorFlow's; Python looks once more as the process ends.

Imported before all else, this puts the search off; `end` is called after the last import.
"""

import atexit
import gc

gc.disable()


def end() -> None:
    """What is there stays, and is not looked at again, nor is anything as the process ends; until
    then garbage is looked for."""
    gc.freeze()
    gc.enable()
    atexit.register(gc.freeze)
