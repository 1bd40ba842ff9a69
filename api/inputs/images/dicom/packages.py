"""pydicom, loaded when the first DICOM file arrives and not before."""

import logging
import sys
from functools import cache
from types import ModuleType
from typing import Any

# What pydicom loads if it is there and the reader does without: 22 MB in every compute process.
# GDCM is loaded for the two kinds of JPEG that only it decodes.
_BESIDE = ("gdcm", "requests")


@cache
def pydicom() -> Any:
    """The library, told to read leniently and to say nothing.

    What it warns of quotes values of the file, which may be somebody's name.
    """
    blocked = [name for name in _BESIDE if name not in sys.modules]
    # None there makes an import fail as if it were not installed.
    sys.modules.update(dict.fromkeys(blocked))  # type: ignore[arg-type]
    try:
        import pydicom as library
        import pydicom.pixels
    finally:
        for name in blocked:
            sys.modules.pop(name, None)
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    library.config.settings.reading_validation_mode = library.config.IGNORE
    return library


@cache
def gdcm() -> ModuleType:
    """GDCM (BSD), told to say nothing."""
    import gdcm as library

    library.Trace.WarningOff()
    library.Trace.ErrorOff()
    library.Trace.DebugOff()
    return library  # type: ignore[no-any-return]
