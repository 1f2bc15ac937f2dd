"""Scalars from output text, piece by piece or as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from sandbox.domain import Scalar
from sandbox.metrics.lines import Open, Reading, Result, close_box, read_line
from sandbox.metrics.screen import MOST_CHARACTERS, Drawn, Screen

MOST_SCALARS = 100_000
_SHOWN = 300
_LAST_PART = 0.999999  # the last batch still belongs to its epoch


class ScalarReader:
    """Reads what a run prints while it prints it; holds one line per stream.

    A line that is redrawn (carriage returns, backspaces) counts once for each step it shows, by
    its last state; until then `showing` tells it. The step that one stream tells holds for the
    others too. Steps are as printed, or between two of them where a line tells how much of its
    epoch is done. For one thread.

    Args:
        most: further scalars are not read; `notes` says so.
    """

    def __init__(self, *, most: int = MOST_SCALARS) -> None:
        self._most = most
        self._count = 0
        self._full = False
        self._streams: dict[str, _Stream] = {}
        self._step: float | None = None
        self._last: dict[str, float] = {}

    def feed(self, text: str, *, stream: str = "stdout") -> tuple[Scalar, ...]:
        """Scalars of the lines that this piece completed, in order."""
        if self._full:
            return ()
        found = self._streams.setdefault(stream, _Stream())
        drawn = found.screen.feed(text)
        return self._limited(one for state in drawn for one in self._read(found, state))

    def close(self) -> tuple[Scalar, ...]:
        """Scalars of what was left unfinished; may be called more than once."""
        return self._limited(one for found in self._streams.values() for one in self._finish(found))

    @property
    def showing(self) -> tuple[Scalar, ...]:
        """What lines that are still being redrawn show now; not final."""
        waiting = (found.waiting for found in self._streams.values())
        return tuple(
            _to_scalar(one, one.step) for result in waiting if result for one in result.readings
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """One line for each limit that was met."""
        cut = sum(found.screen.cut for found in self._streams.values())
        notes = []
        if self._full:
            notes.append(f"metrics: only the first {self._most:,} scalars were read")
        if cut:
            notes.append(f"metrics: {cut} lines over {MOST_CHARACTERS:,} characters were cut")
        return tuple(notes)

    def _limited(self, scalars: Iterable[Scalar]) -> tuple[Scalar, ...]:
        kept = []
        for scalar in scalars:
            if self._count >= self._most:
                self._full = True
                break
            self._count += 1
            kept.append(scalar)
        return tuple(kept)

    def _read(self, stream: _Stream, state: Drawn) -> Iterator[Scalar]:
        if state.text.strip() or stream.waiting is None:
            result = read_line(state.text, stream.open, self._step)
            yield from self._replace(stream, result)
        if state.ended:
            yield from self._commit(stream)

    def _replace(self, stream: _Stream, result: Result) -> Iterator[Scalar]:
        """A new state takes the last one's place, unless it shows another step."""
        waiting = stream.waiting
        if waiting is not None and waiting.readings:
            if result.step != waiting.step:
                yield from self._commit(stream)
            elif not result.readings:
                return
        stream.waiting = result

    def _commit(self, stream: _Stream) -> Iterator[Scalar]:
        result, stream.waiting = stream.waiting, None
        if result is None:
            return
        stream.open = result.open
        if result.step is not None:
            self._step = result.step
        for reading in result.readings:
            yield self._scalar(reading)

    def _finish(self, stream: _Stream) -> Iterator[Scalar]:
        yield from self._read(stream, stream.screen.close())
        stream.waiting = close_box(stream.open, self._step)
        yield from self._commit(stream)

    def _scalar(self, reading: Reading) -> Scalar:
        """A metric told again within an epoch gets a finer step, where the line has one."""
        step, progress = reading.step, reading.progress
        last = self._last.get(reading.name)
        if step is not None and progress is not None and last is not None:
            told_before = math.floor(last) == step
            step += min(progress, _LAST_PART) if told_before else 0
        if step is not None:
            self._last[reading.name] = step
        return _to_scalar(reading, step)


class _Stream:
    """One stream's half-read state.

    Attributes:
        waiting: what the line says that may still be redrawn.
    """

    def __init__(self) -> None:
        self.screen = Screen()
        self.open = Open()
        self.waiting: Result | None = None


def read_scalars(text: str) -> tuple[Scalar, ...]:
    """Scalars of a whole output, in order."""
    reader = ScalarReader()
    return reader.feed(text) + reader.close()


def _to_scalar(reading: Reading, step: float | None) -> Scalar:
    whole = step is not None and float(step).is_integer()
    told = int(step) if whole and step is not None else step
    line = " ".join(reading.line[: 4 * _SHOWN].split())[:_SHOWN]
    return Scalar(reading.name, reading.value, told, reading.unit, line)
