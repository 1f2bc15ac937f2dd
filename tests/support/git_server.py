"""A git server on loopback: `git http-backend` behind `http.server`, with ways to misbehave."""

from __future__ import annotations

import contextlib
import http.server
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"


@dataclass
class GitServer:
    """Serves every repository below `root` at `<url>/<path>`, and the same one badly at

    `/private/` (wants the token, and takes pushes with it), `/readonly/` (wants the token, refuses
    pushes in its own words), `/stallpush/` (never ends a push), `/moved/` (301 to the plain path),
    `/elsewhere/` (302 to another host), `/stall/` (says nothing), `/stallpack/` (lists refs, then
    says nothing), `/flood/` (does not stop), `/floodpack/` (a pack that does not end), `/broken/`
    (500), `/garbage/` (not git).

    Attributes:
        host: `127.0.0.1:<port>`.
        requests: method, path and headers of each request, in order.
        before_push: called when a push begins, before it is told what there is.
        stalled: set once a request hangs.
    """

    root: Path
    token: str = ""
    host: str = ""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    before_push: Callable[[], object] = lambda: None
    stalled: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://{self.host}"


@contextlib.contextmanager
def serve_git(root: Path, *, token: str = "secret-token") -> Iterator[GitServer]:
    """A running server; it is gone, and its hanging requests ended, when the block ends."""
    state = GitServer(root, token)
    handler = type("Handler", (_Handler,), {"state": state})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state.host = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    state: GitServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def do_GET(self) -> None:
        self.state.requests.append((self.command, self.path, dict(self.headers.items())))
        address = urlsplit(self.path)
        kind, _, rest = address.path.lstrip("/").partition("/")
        behave = getattr(self, f"_{kind}", None)
        with contextlib.suppress(OSError):
            if behave:
                behave(address._replace(path=f"/{rest}"))
            else:
                self._backend(address)

    do_POST = do_GET  # noqa: N815 - the base's name

    def _private(self, address: SplitResult) -> None:
        if not self._is_let_in():
            return
        if self._is_push(address) and self.command == "GET":
            self.state.before_push()
        self._backend(address, user="ada")

    def _readonly(self, address: SplitResult) -> None:
        if not self._is_let_in():
            return
        if not self._is_push(address):
            self._backend(address)
            return
        self.send_response(403)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        # What a server says is foreign: it may repeat the token, and hold what moves a cursor.
        header = self.headers.get("Authorization", "")
        text = f"Permission to{address.path} denied\x1b[2J {self.state.token} {header}\n"
        self.wfile.write(text.encode())

    def _stallpush(self, address: SplitResult) -> None:
        if not self._is_let_in():
            return
        if self._is_push(address) and self.command == "POST":
            self._begin("application/x-git-receive-pack-result")
            self._hang()
        else:
            self._backend(address, user="ada")

    def _is_push(self, address: SplitResult) -> bool:
        return "git-receive-pack" in (address.query + address.path)

    def _is_let_in(self) -> bool:
        import base64

        wanted = base64.b64encode(f"x-access-token:{self.state.token}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {wanted}":
            return True
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.end_headers()
        return False

    def _moved(self, address: SplitResult) -> None:
        self._redirect(f"{self.state.url}{address.path}?{address.query}")

    def _elsewhere(self, address: SplitResult) -> None:
        self._redirect(f"http://localhost:{self.state.host[10:]}{address.path}?{address.query}")

    def _redirect(self, target: str) -> None:
        self.send_response(301)
        self.send_header("Location", target)
        self.end_headers()

    def _broken(self, _: SplitResult) -> None:
        self.send_error(500)

    def _garbage(self, _: SplitResult) -> None:
        self._begin()
        self.wfile.write(b"<html>this is no git server</html>")

    def _stall(self, _: SplitResult) -> None:
        self._begin()
        self._hang()

    def _stallpack(self, address: SplitResult) -> None:
        if not self._wants_pack():
            self._backend(address)
            return
        self._begin("application/x-git-upload-pack-result")
        self._hang()

    def _flood(self, _: SplitResult) -> None:
        self._begin()
        self.wfile.write(b"001e# service=git-upload-pack\n0000")
        line = b"0" * 40 + b" refs/heads/" + b"x" * 900
        self._repeat(f"{len(line) + 5:04x}".encode() + line + b"\n")

    def _floodpack(self, address: SplitResult) -> None:
        if not self._wants_pack():
            self._backend(address)
            return
        self._begin("application/x-git-upload-pack-result")
        self.wfile.write(b"000dpackfile\n")
        pack = b"PACK" + (2).to_bytes(4, "big") + (10**6).to_bytes(4, "big")
        self.wfile.write(f"{len(pack) + 5:04x}".encode() + b"\x01" + pack)
        blob = _incompressible_blob()
        self._repeat(f"{len(blob) + 5:04x}".encode() + b"\x01" + blob)

    def _wants_pack(self) -> bool:
        """Whether this is the request of a fetch; its body is read."""
        if self.command != "POST":
            return False
        self._body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return b"command=fetch" in self._body

    def _begin(self, kind: str = ADVERTISEMENT) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def _hang(self) -> None:
        self.wfile.flush()
        self.state.stalled.set()
        self.state.closing.wait()

    def _repeat(self, data: bytes) -> None:
        self.state.stalled.set()
        while not self.state.closing.is_set():
            self.wfile.write(data)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _backend(self, address: SplitResult, user: str = "") -> None:
        """A push is taken from a user only, as `git http-backend` has it."""
        body = getattr(self, "_body", None)
        if body is None:
            body = self._read_body()
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._cgi(address, len(body)) | ({"REMOTE_USER": user} if user else {}),
            check=False,
        )
        head, _, data = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _cgi(self, address: SplitResult, length: int) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.state.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "PATH_INFO": address.path,
            "QUERY_STRING": address.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }


def _incompressible_blob(size: int = 32_000) -> bytes:
    """A pack's entry for a blob of random bytes."""
    import zlib

    header = bytearray()
    left, byte = size >> 4, (3 << 4) | (size & 15)
    while left:
        header.append(byte | 0x80)
        left, byte = left >> 7, left & 0x7F
    header.append(byte)
    return bytes(header) + zlib.compress(os.urandom(size))
