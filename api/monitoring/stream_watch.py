"""Watches each stream of answers: are the newest unlike those of all known sources?

A stream is what a source sent, or where no site is named, what one key or person did.

The tests never run while a request waits. One process of those that share the state folder counts
new answers and makes them; all read what came of it.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from api.clock import now
from api.decision.stream_shift.answer import StreamState, reason_of
from api.decision.stream_shift.detect import ShiftFinding, assess_stream, named
from api.decision.stream_shift.features import BYTES, unpacked
from api.decision.stream_shift.reference import MAX_GROUP, KernelReference, load_shift_reference
from api.inputs.images.acquisition import N_FEATURES
from api.model_card.sites.shift_rule import ShiftRule
from api.records.watching import streams
from api.records.watching.streams import StoredFeatures, StreamRecord, client_of
from api.registry.store import Checkpoint, shift_path

logger = logging.getLogger(__name__)

# Own films of a site that make a group of their own.
MIN_OWN_IMAGES = 30

# Which checkpoint answers a source; None: none does now.
CheckpointOf = Callable[[str | None], Checkpoint | None]
# When the films of a source passed the check that its current profile was made from; None: they did
# not, or it has none.
CheckedAt = Callable[[str | None], datetime | None]


class StreamWatch:
    """Looks at streams, and knows what came of the last look."""

    def __init__(
        self,
        database: Engine,
        task: str,
        checkpoint_of: CheckpointOf,
        checked_at: CheckedAt = lambda _: None,
    ) -> None:
        self._database, self._task = database, task
        self._checkpoint_of, self._checked_at = checkpoint_of, checked_at
        # Replaced as a whole, so that requests read it without a lock.
        self._known: Mapping[tuple[str | None, str | None], StreamRecord] = {}

    def state(self, source: str | None, actor: str | None = None) -> StreamState | None:
        """What answers of a source are told, or without one those of who asks; None: nobody looked
        yet, or at too few."""
        record = self._known.get((source, client_of(source, actor)))
        if record is None or record.shifted is None:
            return None
        is_checked = self._checked_at(source) is not None
        return StreamState(record.shifted, reason_in_words(record), is_checked)

    def refresh(self) -> None:
        """Read what this or another process found. Raises: StoreBusy, StorageFailed."""
        found = streams.all_streams(self._database, task=self._task)
        self._known = {record.key: record for record in found}

    def look(self) -> None:
        """Count new answers, and test the streams that have enough of them.

        Of all processes one at a time does it. Raises: InvalidCheckpoint, StoreBusy, StorageFailed.
        """
        self.refresh()
        looked_at, counted = [], []
        for record in self._counted():
            checkpoint = self._checkpoint_of(record.source)
            if checkpoint and _is_due(record, checkpoint):
                looked_at.append(self._looked_at(record, checkpoint))
            elif record != self._known.get(record.key):
                counted.append(record)
        streams.save(self._database, looked_at, task=self._task)
        streams.save_counts(self._database, counted, task=self._task)
        if looked_at or counted:
            self.refresh()

    def _counted(self) -> list[StreamRecord]:
        """What is known of each stream, with its new answers; uncounted where nothing serves that
        could look at them."""
        records = dict(self._known)
        general = self._checkpoint_of(None)
        if general is None or general.card.shift is None:
            return list(records.values())
        for new in streams.new_answers(self._database, task=self._task):
            key = new.source, new.client
            before = records.get(key) or StreamRecord(new.source, new.to, client=new.client)
            records[key] = replace(before, seen_to=new.to, waiting=before.waiting + new.count)
        return list(records.values())

    def _looked_at(self, record: StreamRecord, checkpoint: Checkpoint) -> StreamRecord:
        rule, moment = checkpoint.card.shift, now()
        looked_at = replace(
            StreamRecord(record.source, record.seen_to, client=record.client),
            checked_at=moment,
            model_version=checkpoint.version,
        )
        if rule is None:
            return looked_at
        stored = streams.features(
            self._database,
            record.source,
            task=self._task,
            limit=rule.longest,
            client=record.client,
        )
        usable = [each for each in stored if len(each.content) == BYTES]
        finding = None
        # The reference is made ready where it is needed: it is the dearest part.
        if len(usable) >= max(rule.fewest, 2):
            kernel = self._kernel(checkpoint, rule, record)
            finding = _finding(usable, checkpoint, rule, kernel)
        if finding is None:
            return looked_at
        if finding.shifted and not record.shifted:
            logger.warning(
                "stream shifted source=%r client=%r test=%s excess=%.2f p=%.2g",
                record.source,
                record.client,
                finding.test,
                finding.excess,
                finding.p,
            )
        return replace(
            looked_at,
            n=finding.n,
            shifted=finding.shifted,
            since=(record.since or moment) if finding.shifted else None,
            test=finding.test,
            window=finding.window,
            excess=finding.excess,
            p=finding.p,
            words=named({each.words: each.distance for each in finding.differences}),
            differences=tuple(asdict(difference) for difference in finding.differences),
        )

    def _kernel(
        self, checkpoint: Checkpoint, rule: ShiftRule, stream: StreamRecord
    ) -> KernelReference:
        """The card's reference; where a site has a profile, with a group of its own films."""
        path = shift_path(checkpoint.weights)
        checked_at = self._checked_at(stream.source)
        if checked_at is None:
            return _kernel(path, rule.reference_sha256)
        own = streams.features_around(
            self._database,
            stream.source,
            checked_at,
            task=self._task,
            limit=MAX_GROUP,
            fewest=MIN_OWN_IMAGES,
            client=stream.client,
        )
        usable = tuple(each.content for each in own if len(each.content) == BYTES)
        if len(usable) < MIN_OWN_IMAGES:
            return _kernel(path, rule.reference_sha256)
        name = stream.source or stream.client or "films that name no site"
        return _own_kernel(path, rule.reference_sha256, name, usable)


def reference_of(checkpoint: Checkpoint, rule: ShiftRule) -> KernelReference:
    """The films of known hospitals that a checkpoint keeps, ready to compare with.

    Raises: InvalidCheckpoint.
    """
    return _kernel(shift_path(checkpoint.weights), rule.reference_sha256)


def reason_in_words(record: StreamRecord) -> str:
    """What people are told of a stream; empty where it is not shifted."""
    if not record.shifted or record.window is None:
        return ""
    return reason_of(record.source, record.client, window=record.window, named=record.words)


def _is_due(record: StreamRecord, checkpoint: Checkpoint) -> bool:
    rule = checkpoint.card.shift
    if rule is None:
        # What another version found does not hold for one that cannot look.
        return record.shifted is not None
    too_few_before = record.shifted is None and record.waiting > 0
    is_of_another = record.model_version not in (None, checkpoint.version)
    return too_few_before or record.waiting >= rule.every or is_of_another


def _finding(
    stored: list[StoredFeatures], checkpoint: Checkpoint, rule: ShiftRule, kernel: KernelReference
) -> ShiftFinding | None:
    features = unpacked([each.content for each in stored])
    comparable = np.array([each.model_version == checkpoint.version for each in stored])
    return assess_stream(features, comparable, rule, kernel)


@lru_cache(maxsize=4)
def _kernel(path: Path, sha256: str) -> KernelReference:
    return KernelReference(load_shift_reference(path, sha256=sha256))


@lru_cache(maxsize=16)
def _own_kernel(
    path: Path, sha256: str, source: str, contents: tuple[bytes, ...]
) -> KernelReference:
    reference = load_shift_reference(path, sha256=sha256)
    own = unpacked(contents)[:, :N_FEATURES]
    return KernelReference(reference.with_group(f"{source} (own films)", own))
