"""TensorBoard's event files: records of length, check sum, message, check sum.

Written by TensorFlow, Keras, PyTorch, Lightning and tensorboardX. Images, histograms and texts in
them are passed over. Source: tensorflow/core/lib/io/record_writer.h.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from sandbox.domain import Scalar
from sandbox.metrics.importers.messages import parse
from sandbox.metrics.importers.model import (
    MOST_RECORDS,
    MOST_VALUES,
    Clock,
    Log,
    UnreadableError,
    scalar,
)
from sandbox.metrics.names import with_set
from sandbox.metrics.vocabulary import is_set

PATTERNS = ("*tfevents*",)

_LENGTH = struct.Struct("<Q")
_HEAD_BYTES = _LENGTH.size + 4
_KERAS = "epoch_"
_PLACEHOLDER = (b"hp_metric", -1.0)
"""What Lightning writes where no metric for its parameters was named."""

_CONTENTS = {1: "<f", 2: "<d", 3: "<i", 9: "<q"}
"""Number of a tensor's type → its form in bytes: float, double, int32, int64."""


def read(path: str, data: bytes, clock: Clock) -> tuple[Log, ...]:
    """A log of its folder: a program that starts its writer again goes on in another file."""
    folder = PurePosixPath(path).parent
    records = clock.each(itertools.islice(_records(data), MOST_RECORDS))
    found = tuple(itertools.islice(_scalars(records, folder.name), MOST_VALUES))
    return (Log(str(folder), found, len(found) == MOST_VALUES),) if found else ()


def _scalars(records: Iterable[bytes], folder: str) -> Iterator[Scalar]:
    plugins: dict[bytes, bytes] = {}
    for record in records:
        event = parse("Event", record)
        for value in event.summary.value:
            number = _number(value, plugins)
            if number is None or (value.tag, number) == _PLACEHOLDER:
                continue
            tag = value.tag.decode("utf-8", "replace")
            yield scalar(_named(tag, folder), number, float(event.step))


def _records(data: bytes) -> Iterator[bytes]:
    """Whole ones; the last one of a program that was ended may be cut."""
    at = 0
    while at + _HEAD_BYTES <= len(data):
        size = _LENGTH.unpack_from(data, at)[0]
        start, end = at + _HEAD_BYTES, at + _HEAD_BYTES + size
        if end + 4 > len(data):
            break
        yield data[start:end]
        at = end + 4
    if at == 0 and data:
        raise UnreadableError("it has no record")


def _number(value: Any, plugins: dict[bytes, bytes]) -> float | None:
    """Only the first value of a tag says whose it is."""
    if value.HasField("metadata"):
        plugins.setdefault(value.tag, value.metadata.plugin_data.plugin_name)
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if value.HasField("tensor") and plugins.get(value.tag) == b"scalars":
        return _of_tensor(value.tensor)
    return None


def _of_tensor(tensor: Any) -> float | None:
    form = _CONTENTS.get(tensor.dtype)
    if form is None:
        return None
    if tensor.tensor_content:
        fits = len(tensor.tensor_content) == struct.calcsize(form)
        return float(struct.unpack(form, tensor.tensor_content)[0]) if fits else None
    values = (*tensor.float_val, *tensor.double_val, *tensor.int_val, *tensor.int64_val)
    return float(values[0]) if len(values) == 1 else None


def _named(tag: str, folder: str) -> str:
    """With the set that the folder is named after: `val_loss`, as Keras prints it."""
    if not is_set(folder):
        return tag
    if tag.startswith(_KERAS):
        tag = tag.removeprefix(_KERAS)
        return tag if folder == "train" else f"val_{tag}"
    return "_".join(with_set(folder, (tag,)))
