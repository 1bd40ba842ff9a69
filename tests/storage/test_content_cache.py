"""Blobs of known content on the local disk."""

import hashlib
import os
from pathlib import Path

import pytest

from api.storage.content_cache import ContentCache

CONTENTS = [bytes([number]) * 100 for number in range(10)]
HASHES = [hashlib.sha256(content).hexdigest() for content in CONTENTS]


@pytest.fixture
def cache(tmp_path: Path) -> ContentCache:
    return ContentCache(tmp_path, 500)


def test_the_one_used_longest_ago_goes_first(cache: ContentCache) -> None:
    for age, (sha256, content) in enumerate(zip(HASHES[:5], CONTENTS[:5], strict=True)):
        cache.put(sha256, content)
        os.utime(cache.folder / sha256[:2] / sha256, (1000 + age, 1000 + age))
    assert cache.get(HASHES[0]) == CONTENTS[0]

    cache.put(HASHES[5], CONTENTS[5])

    assert [h for h in HASHES if cache.get(h)] == [HASHES[0], *HASHES[3:6]]


def test_a_file_that_rotted_is_removed(cache: ContentCache) -> None:
    cache.put(HASHES[0], CONTENTS[0])
    path = cache.folder / HASHES[0][:2] / HASHES[0]
    path.write_bytes(b"rotten")

    assert cache.get(HASHES[0]) is None
    assert not path.exists()


def test_what_would_push_out_all_others_is_not_kept(cache: ContentCache) -> None:
    content = b"x" * 200
    cache.put(hashlib.sha256(content).hexdigest(), content)

    assert list(cache.folder.rglob("*")) == []


def test_a_disk_that_takes_nothing_fails_nobody(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file is in the way")
    cache = ContentCache(tmp_path / "cache", 500)

    cache.put(HASHES[0], CONTENTS[0])

    assert cache.get(HASHES[0]) is None
