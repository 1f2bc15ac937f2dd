"""The guest as a bare process over pipes, and trees to give it."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.engines import shipping
from sandbox.guest import protocol

Message = tuple[protocol.Fields, bytes]


def tar(files: Mapping[str, bytes | str]) -> bytes:
    """An uncompressed tar of regular files; a value that starts with `->` makes a link."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.mode = 0o644
            if data.startswith(b"->"):
                member.type, member.linkname = tarfile.SYMTYPE, data[2:].decode()
                data = b""
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


class BareGuest:
    """Speaks the protocol with a supervisor and nothing else."""

    def __init__(self, python: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            shipping.guest_command(python, str(folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in, self._out = self.process.stdin, self.process.stdout
        self._reader = protocol.Reader()
        self._ready: list[Message] = []
        self.write(shipping.guest_payload())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.communicate(timeout=60)

    def write(self, data: bytes) -> None:
        self._in.write(data)
        self._in.flush()

    def send(self, kind: str, body: bytes | None = None, **fields: object) -> None:
        self.write(protocol.encode(kind, body, **fields))

    def receive(self) -> Message:
        while not self._ready:
            data = self._out.read1(2**16)  # type: ignore[attr-defined]
            if not data:
                raise EOFError(self.process.stderr.read().decode() if self.process.stderr else "")
            self._ready += self._reader.feed(data)
        return self._ready.pop(0)

    def until(self, kind: str) -> Iterator[Message]:
        """Everything up to and with the next message of this kind."""
        while True:
            message = self.receive()
            yield message
            if message[0]["type"] == kind:
                return

    def begin(self, kind: str, path: str, **fields: object) -> None:
        work = {
            "tree": "t",
            "kind": kind,
            "path": path,
            "cwd": ".",
            "timeout_s": 60.0,
            "output_bytes": 2**20,
            "environment": {},
            **fields,
        }
        self.send("begin", work=work)
