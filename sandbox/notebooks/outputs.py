"""From the events of a running cell to its outputs, as Jupyter's own client would have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.interfaces import ClearOutput, Output

if TYPE_CHECKING:
    from nbformat import NotebookNode

OUTPUT_BYTES = 10 * 2**20
TAIL_BYTES = 16 * 2**10  # of each stream of a cell that was cut
ERROR_BYTES = 64 * 2**10

# What one output costs in the file besides its text.
_OVERHEAD_BYTES = 150
_ALL_TAILS_BYTES = 256 * 2**10
_SURROGATE = re.compile("[\ud800-\udfff]")


class OutputCollector:
    """Keeps the outputs of the cells of one notebook while it runs; one cell at a time.

    Text of one stream that comes in a row is one output. A display that is updated changes
    wherever it stands. All outputs together stay under a limit; what is beyond is left out, but
    for the last lines of a cell and for errors, and a note says so.

    Args:
        on_change: called with the index of a cell, other than the running one, that changed.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        *,
        limit_bytes: int = OUTPUT_BYTES,
        on_change: Callable[[int], None] = lambda _index: None,
    ) -> None:
        self._cells = notebook.cells
        self._budget = _Budget(limit_bytes)
        self._on_change = on_change
        self._displays: dict[str, list[tuple[int, Any]]] = {}
        self._index = 0
        self._clear_first = False
        self._pending: list[str] = []

    def begin(self, index: int) -> None:
        """Start on a cell, with no outputs."""
        self._index = index
        self._cells[index].outputs = []
        self._clear_first = False

    def take(self, event: Output | ClearOutput) -> NotebookNode | None:
        """Add one event; returns the output it brought, whole, if it brought one."""
        if isinstance(event, ClearOutput):
            self._clear_first = event.wait
            if not event.wait:
                self._clear()
            return None
        return self._take_output(event)

    def flush(self) -> None:
        """Make what was taken visible in the notebook; before each save."""
        if self._pending:
            last = self._outputs[-1]
            last["text"] += "".join(self._pending)
            self._pending.clear()

    def end(self) -> None:
        """The running cell is over: nothing of it is left to come."""
        self.flush()
        for output in self._budget.note_of_cell():
            self._outputs.append(_node(output))

    @property
    def _outputs(self) -> list[Any]:
        outputs: list[Any] = self._cells[self._index].outputs
        return outputs

    def _clear(self) -> None:
        self.flush()
        for output in self._outputs:
            self._budget.give_back(output)
        self._outputs.clear()
        for shown in self._displays.values():
            shown[:] = [place for place in shown if place[0] != self._index]

    def _take_output(self, event: Output) -> NotebookNode | None:
        output: NotebookNode = _node(_encodable(event.output))
        if event.display_id is not None:
            self._update(event.display_id, output)
        if event.update:
            return None
        if self._clear_first:
            self._clear()
            self._clear_first = False
        if output.output_type == "stream":
            self._add_text(output)
        elif self._budget.admits(output):
            self._add(output, event.display_id)
        return output

    def _add(self, output: Any, display_id: str | None) -> None:
        self.flush()
        self._outputs.append(output)
        if display_id is not None:
            self._displays.setdefault(display_id, []).append((self._index, output))
        if output.output_type == "execute_result":
            self._cells[self._index].execution_count = output.execution_count

    def _add_text(self, output: Any) -> None:
        outputs = self._outputs
        last = outputs[-1] if outputs else None
        continues = (
            last is not None and last.output_type == "stream" and last["name"] == output["name"]
        )
        text = self._budget.admitted(output["name"], output["text"], is_new=not continues)
        if not text:
            return
        if continues:
            # Joined when needed: adding to a growing text costs its whole length each time.
            self._pending.append(text)
        else:
            self._add(_node({**output, "text": text}), None)

    def _update(self, display_id: str, new: Any) -> None:
        for index, shown in self._displays.get(display_id, []):
            self._budget.give_back(shown)
            if self._budget.admits(new):
                shown["data"], shown["metadata"] = new["data"], new["metadata"]
            if index != self._index:
                self._on_change(index)


class _Budget:
    """How much may still be kept, and what was not."""

    def __init__(self, limit_bytes: int) -> None:
        self._left = limit_bytes
        self._limit = limit_bytes
        self._tail_left = _ALL_TAILS_BYTES
        self._cut = 0
        self._tail: dict[str, str] = {}

    def admits(self, output: Any) -> bool:
        """Whether there is room for it; an error is made to fit instead."""
        if output.output_type == "error":
            _shorten_error(output)
        size = _size(output)
        if size > self._left and output.output_type != "error":
            self._cut += size
            return False
        self._left -= size
        return True

    def admitted(self, name: str, text: str, *, is_new: bool) -> str:
        """The part of a text that there is room for; the end of the rest is remembered."""
        room = max(0, self._left - (_OVERHEAD_BYTES if is_new else 0))
        kept, rest = _split_at(text, room)
        if kept:
            self._left -= len(kept.encode()) + (_OVERHEAD_BYTES if is_new else 0)
        if rest:
            self._cut += len(rest.encode())
            self._tail[name] = (self._tail.get(name, "") + rest)[-TAIL_BYTES:]
        return kept

    def give_back(self, output: Any) -> None:
        self._left += _size(output)

    def note_of_cell(self) -> list[dict[str, Any]]:
        """What stands at the end of a cell of which something was left out."""
        if not self._cut:
            return []
        limit, cut = self._limit, self._cut
        note = f"\n[sandbox: {cut} bytes of output left out here; a run keeps {limit}]\n"
        notes = [{"output_type": "stream", "name": "stderr", "text": note}]
        for name, tail in self._tail.items():
            kept = tail[-self._tail_left :] if self._tail_left > 0 else ""
            self._tail_left -= len(kept)
            if kept:
                notes.append({"output_type": "stream", "name": name, "text": kept})
        self._cut = 0
        self._tail = {}
        return notes


def _split_at(text: str, room_bytes: int) -> tuple[str, str]:
    if text.isascii():
        return text[:room_bytes], text[room_bytes:]
    raw = text.encode()
    if len(raw) <= room_bytes:
        return text, ""
    kept = raw[:room_bytes].decode(errors="ignore")
    return kept, text[len(kept) :]


def _size(output: Any) -> int:
    import json

    if output.output_type == "stream":
        return len(output["text"].encode()) + _OVERHEAD_BYTES
    if output.output_type == "error":
        return sum(len(line.encode()) for line in output["traceback"]) + _OVERHEAD_BYTES
    values = (*output["data"].values(), output["metadata"])
    texts = (value if isinstance(value, str) else json.dumps(value) for value in values)
    return sum(len(text.encode()) for text in texts) + _OVERHEAD_BYTES


def _shorten_error(output: Any) -> None:
    output["evalue"] = output["evalue"][:ERROR_BYTES]
    lines = output["traceback"]
    while len(lines) > 2 and sum(map(len, lines)) > ERROR_BYTES:
        lines = lines[: len(lines) // 2] + lines[len(lines) // 2 + 1 :]
    output["traceback"] = [line[:ERROR_BYTES] for line in lines]


def _node(output: Mapping[str, object]) -> Any:
    from nbformat import from_dict

    return from_dict(dict(output))  # type: ignore[no-untyped-call]


def _encodable(value: Any) -> Any:
    """The value with half characters replaced, which no file could hold."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
