"""Memory of films goes back to the system."""

import ctypes
import platform

import psutil
import pytest

from worklist.memory import give_back_at_once

IMAGE_BYTES = 2_000_000


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is freed")
def test_images_that_are_gone_take_no_memory() -> None:
    assert give_back_at_once()
    process = psutil.Process()
    before = process.memory_info().rss

    # One block after another that stays keeps the heap from shrinking at its end.
    stay = []
    for _ in range(40):
        image = ctypes.create_string_buffer(IMAGE_BYTES)
        stay.append(bytes(2000))
        del image

    assert process.memory_info().rss - before < 10 * IMAGE_BYTES
