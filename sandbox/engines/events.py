"""What a cell shows, from the guest's messages to nbformat 4: pure, bounded and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.engines.wire import Message
from sandbox.guest.protocol import MAX_NESTING
from sandbox.interfaces import CellDone, CellEvent, ClearOutput, Output


def shown(message: Message) -> CellEvent | None:
    """The output, or the clearing of outputs, that the message tells; None where it tells none."""
    if message.kind == "clear":
        return ClearOutput(message.flag("wait"))
    if message.kind not in _OUTPUTS:
        return None
    display_id = message.text("display_id") or None
    return Output(_OUTPUTS[message.kind](message), display_id, message.flag("update"))


def done(message: Message) -> CellDone:
    """The end of a cell."""
    status = message.text("status")
    return CellDone(status, message.integer("count"), message.integer("exit_code"))


def _stream(message: Message) -> Mapping[str, object]:
    name = "stderr" if message.text("name") == "stderr" else "stdout"
    return {"output_type": "stream", "name": name, "text": message.text("text")}


def _display(message: Message) -> Mapping[str, object]:
    return {
        "output_type": "display_data",
        "data": _bundle(message.mapping("data")),
        "metadata": _clean(message.mapping("metadata")),
    }


def _result(message: Message) -> Mapping[str, object]:
    count = message.integer("count")
    return {**_display(message), "output_type": "execute_result", "execution_count": count}


def _error(message: Message) -> Mapping[str, object]:
    return {
        "output_type": "error",
        "ename": message.text("ename"),
        "evalue": message.text("evalue"),
        "traceback": [_clean(line) for line in message.texts("traceback")],
    }


_OUTPUTS: Mapping[str, Callable[[Message], Mapping[str, object]]] = {
    "stream": _stream,
    "display": _display,
    "result": _result,
    "error": _error,
}


def _bundle(data: Mapping[str, object]) -> dict[str, object]:
    """A MIME bundle as nbformat wants it: text, but for JSON types."""
    bundle = {}
    for mime, value in data.items():
        clean = _clean(value)
        is_json = mime == "application/json" or mime.endswith("+json")
        bundle[str(_clean(mime))] = clean if is_json or isinstance(clean, str) else str(clean)
    return bundle


def _clean(value: Any, depth: int = 0) -> Any:
    """The value without lone surrogates, which no file can hold, and without endless nesting."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if depth > MAX_NESTING:
        return "…"
    if isinstance(value, dict):
        return {str(_clean(key)): _clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, depth + 1) for item in value]
    return value
