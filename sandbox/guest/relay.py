"""What a worker may say: it is the studied code's process, so only this, and in these types."""

from __future__ import annotations

from typing import Any, Mapping, Tuple, Union

from . import output, protocol
from .outlet import Outlet

NOTE_CHARACTERS = 1000
MAX_COUNT = 2**53

_Types = Union[type, Tuple[type, ...]]
_NOTHING = type(None)
_BUNDLE: dict[str, _Types] = {"cell": int, "data": dict, "metadata": dict}
_SHOWN: dict[str, dict[str, _Types]] = {
    "display": dict(_BUNDLE, display_id=(str, _NOTHING), update=(bool, _NOTHING)),
    "result": dict(_BUNDLE, count=(int, _NOTHING)),
    "error": {"cell": int, "ename": str, "evalue": str, "traceback": list},
}
_KINDS: dict[str, dict[str, _Types]] = dict(
    _SHOWN,
    sync={},
    warmed={"failed": list, "unsound": (str, _NOTHING)},
    branched={"pid": int},
    unsound={"text": str},
    begun={},
    modules={"names": list, "changed": list},
    clear={"cell": int, "wait": bool},
    note={"text": str},
    done={
        "cell": int,
        "status": str,
        "count": (int, _NOTHING),
        "exit_code": (int, _NOTHING),
    },
)


def checked(message: Mapping[str, Any]) -> tuple[str, protocol.Fields]:
    """(kind, fields) of a worker's message; raises ProtocolError where it is none of ours."""
    kind = message["type"]
    expected = _KINDS.get(kind)
    if expected is None:
        raise protocol.ProtocolError(f"a worker says no {kind[:80]!r}")
    fields = {name: message.get(name) for name in expected}
    for name, types in expected.items():
        if not _fits(fields[name], types):
            raise protocol.ProtocolError(f"a {kind} message with a wrong {name}")
    return kind, {name: value for name, value in fields.items() if value is not None}


def _fits(value: object, types: _Types) -> bool:
    if not isinstance(value, types):
        return False
    if isinstance(value, int):
        return abs(value) < MAX_COUNT
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return not isinstance(value, dict) or _is_shallow(value)


def _is_shallow(value: object) -> bool:
    level = [value]
    for _ in range(protocol.MAX_NESTING):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return True
    return False


def _inside(value: object) -> tuple[object, ...]:
    if isinstance(value, dict):
        return tuple(value.values())
    return tuple(value) if isinstance(value, list) else ()


class Relay:
    """Passes a worker's messages on to the host, within the bounds of one run."""

    def __init__(self, host: Outlet) -> None:
        self._host = host
        self._showing = output.Showing()
        self._notes = 0
        self._cut = False

    def copy(self) -> Relay:
        """For a copy of the process: it has shown what its origin showed."""
        made = Relay(self._host)
        made._showing = self._showing.copy()
        made._notes, made._cut = self._notes, self._cut
        return made

    def begin_cell(self) -> None:
        self._showing.begin_cell()

    def pass_on(self, kind: str, fields: protocol.Fields) -> None:
        if kind == "note":
            self.note(fields["text"])
        elif kind == "clear":
            self._showing.clear()
            self._host.send(kind, None, **fields)
        elif kind in _SHOWN:
            self._show(kind, fields)
        else:
            self._host.send(kind, None, **fields)

    def note(self, text: str) -> None:
        self._notes += 1
        if self._notes <= protocol.MAX_NOTES:
            self._host.send("note", text=text[:NOTE_CHARACTERS])

    def _show(self, kind: str, fields: protocol.Fields) -> None:
        data = protocol.encode(kind, None, **fields)
        update = bool(fields.get("update"))
        display_id: str | None = fields.get("display_id")
        if self._showing.admits(len(data), display_id, update=update):
            self._host.add(data)
        elif not self._cut:
            self._cut = True
            bound = protocol.MAX_SHOWN_BYTES // 2**20
            self.note(f"displays beyond {bound} MiB in all were left out")
