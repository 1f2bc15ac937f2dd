"""One GitHub: asked politely, its answers kept, its limits known, its complaints translated."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from sandbox.errors import LimitError, NetworkError, SandboxError
from sandbox.github.caching import STATES, Answers, Kept
from sandbox.github.complaints import (
    UnreachableError,
    complaint,
    is_limit,
    message_of,
    no_json,
    translated,
    wait_s,
)
from sandbox.github.tokens import Token

if TYPE_CHECKING:
    from github import Github

T = TypeVar("T")

TIMEOUT_S = 20
PATIENCE_S = 5.0
"""A limit that is over so soon is waited for; no other."""
PARTIAL = 206
"""An answer that lacks something: used, and not kept."""


@dataclass(frozen=True)
class Access:
    """How to reach a GitHub.

    Attributes:
        base_url: of its API; `https://HOST/api/v3` for GitHub Enterprise.
        web: where people look at it, and git clones from.
        token: asked for once, when something is sent.
        answers: where to keep what it said.
        verify: path of a CA bundle, asked for once; None = the usual ones.
        refresh: ask anew what was answered lately.
    """

    base_url: str
    web: str
    token: Callable[[], Token | None]
    answers: Callable[[str], Answers]
    verify: Callable[[], str | None] = lambda: None
    refresh: bool = False


class Site:
    """Questions to one GitHub; threads may share it. Nothing is sent before the first question.

    Attributes:
        calls: requests that were sent.
        notes: what was answered from old knowledge, and why.
    """

    def __init__(self, access: Access) -> None:
        self.access = access
        self.calls = 0
        self.notes: dict[str, None] = {}
        self._lock = threading.RLock()
        self._ends: dict[str, SandboxError] = {}
        self._token: tuple[Token | None] | None = None
        self._bundle: str | bool | None = None
        self._own = threading.local()
        self._connected: list[Github] = []
        self._answers: Answers | None = None

    @property
    def web(self) -> str:
        return self.access.web

    @property
    def host(self) -> str:
        return urlsplit(self.web).netloc

    def token(self) -> Token | None:
        with self._lock:
            if self._token is None:
                self._token = (self.access.token(),)
            return self._token[0]

    def origin(self) -> str | None:
        token = self.token()
        return token.origin if token else None

    # ------------------------------------------------------------ questions

    def get(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Any:
        """What GitHub says at a path; from the cache where it was asked lately.

        Raises:
            SandboxError: as `complaint` says, or GitHub cannot be reached and was never asked this.
        """
        question = ("GET", path, *sorted((parameters or {}).items()))
        return self._answered(question, lambda kept: self._ask(path, parameters, kept))

    def query(self, text: str, variables: Mapping[str, object]) -> Any:
        """The `data` of a GraphQL query; what could not be found in it is null.

        Raises:
            SandboxError: as `get`.
        """
        question = ("POST", "/graphql", text, *sorted(variables.items()))
        return self._answered(question, lambda _: self._ask_graphql(text, variables))

    def _answered(self, question: tuple[object, ...], ask: Callable[[Kept | None], Kept]) -> Any:
        kept = self._kept().load(question)
        if kept is not None and kept.is_fresh and not self.access.refresh:
            return self._payload(kept, question)
        resource = _resource(str(question[1]))
        try:
            if end := self._ends.get(resource) or self._ends.get(""):
                raise end
            answer = ask(kept)
        except NetworkError as error:
            if isinstance(error, LimitError):
                self._ends[resource] = error
            elif isinstance(error, UnreachableError):
                self._ends[""] = error
            if kept is None:
                raise
            day = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.asked_at))
            self.note(f"{error.message}: answered as of {day}")
            return self._payload(kept, question)
        if answer.status != PARTIAL:
            self._kept().save(question, answer)
        return self._payload(answer, question)

    def _payload(self, kept: Kept, question: tuple[object, ...]) -> Any:
        if kept.status in (200, PARTIAL):
            return kept.payload
        asked = _name_of(str(question[1]))
        raise complaint(kept.status, {}, kept.payload, asked=asked, origin=self.origin())

    def _ask(
        self, path: str, parameters: Mapping[str, str | int] | None, kept: Kept | None
    ) -> Kept:
        headers = {"If-None-Match": kept.etag} if kept and kept.etag else {}
        status, told, payload = self._send("GET", path, dict(parameters or {}), headers)
        if status == 304 and kept is not None:
            return Kept(kept.payload, time.time(), kept.etag, kept.status)
        if status in STATES and status != 200:
            return Kept(payload, time.time(), told.get("etag"), status)
        if status != 200:
            asked = _name_of(path)
            raise complaint(status, told, payload, asked=asked, origin=self.origin())
        return Kept(payload, time.time(), told.get("etag"))

    def _ask_graphql(self, text: str, variables: Mapping[str, object]) -> Kept:
        asked = {"query": text, "variables": dict(variables)}
        where = self.github().requester.graphql_url
        status, told, payload = self._send("POST", where, {}, {}, asked)
        if status == 404:
            raise NetworkError(f"{self.host} does not answer GraphQL queries")
        if status != 200 or not isinstance(payload, dict):
            raise complaint(status, told, payload, asked="a query", origin=self.origin())
        if not isinstance(payload.get("data"), dict):
            spent = {**told, "x-ratelimit-remaining": "0"} if _is_spent(payload) else told
            raise complaint(403, spent, payload, asked="a query", origin=self.origin())
        lost = [one for one in _errors(payload) if one.get("type") != "NOT_FOUND"]
        if lost:
            self.note(f"GitHub did not answer all that was asked: {message_of({'errors': lost})}")
        return Kept(payload["data"], time.time(), status=PARTIAL if lost else 200)

    def _send(
        self,
        verb: str,
        path: str,
        parameters: dict[str, str | int],
        headers: dict[str, str],
        body: object = None,
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers by lower-case name, and the body as JSON (None where it is none)."""
        for last in (False, True):
            with self._lock:
                self.calls += 1
            with translated(self.host, _name_of(path), self.origin()):
                status, told, text = self.github().requester.requestJson(
                    verb, path, parameters, headers, body
                )
            payload = _json_or_none(self._masked(text))
            if payload is None and status == 200:
                raise no_json(self.host, _name_of(path))
            wait = wait_s(told) if is_limit(status, told, message_of(payload)) else None
            if last or wait is None or wait > PATIENCE_S:
                break
            time.sleep(wait)
        return status, told, payload

    def call(self, asked: str, act: Callable[[], T]) -> T:
        """What PyGithub's own objects do: counted, never kept, complaints translated.

        Args:
            asked: what for, in words for people.
        """
        with self._lock:
            self.calls += 1
        with self.translating(asked):
            return act()

    def translating(self, asked: str) -> AbstractContextManager[None]:
        """For what reads PyGithub's objects: they look at an answer when they are asked."""
        return translated(self.host, asked, self.origin())

    def _masked(self, text: str) -> str:
        """Without the token, should the answer repeat it: answers are kept, and shown."""
        token = self.token()
        return text.replace(token.text, "…") if token else text

    # ------------------------------------------------------------ what it is made of

    def github(self) -> Github:
        """PyGithub's way in, one for each thread: it keeps a request in itself till the answer."""
        found: Github | None = getattr(self._own, "github", None)
        if found is None:
            found = self._own.github = self._connect()
            with self._lock:
                self._connected.append(found)
        return found

    def _connect(self) -> Github:
        import github
        from urllib3.util import Retry

        from sandbox.github.connections import bounded_connections

        logging.getLogger("github").setLevel(logging.WARNING)  # it tells of redirects by itself

        retry = Retry(
            total=2,
            backoff_factor=0.3,
            status_forcelist=(500, 502, 503, 504),
            respect_retry_after_header=False,
            raise_on_status=False,
        )
        token = self.token()
        with bounded_connections():
            return github.Github(
                auth=github.Auth.Token(token.text) if token else None,
                base_url=self.access.base_url,
                timeout=TIMEOUT_S,
                user_agent="sandbox",
                verify=self._verify(),
                retry=retry,
                seconds_between_requests=None,
                seconds_between_writes=None,  # which GitHub asks of programs that write much
            )

    def _verify(self) -> str | bool:
        """Asked once, and only where there is something to verify."""
        with self._lock:
            if self._bundle is None:
                is_secure = self.access.base_url.startswith("https:")
                self._bundle = (is_secure and self.access.verify()) or True
            return self._bundle

    def _kept(self) -> Answers:
        with self._lock:
            if self._answers is None:
                self._answers = self.access.answers(_account(self.token()))
            return self._answers

    def note(self, text: str) -> None:
        """One line for people; the same one is said once."""
        self.notes[text] = None

    def close(self) -> None:
        """Ends connections, and removes old answers."""
        for one in self._connected:
            one.close()
        if self._connected:
            self._kept().prune()


def _account(token: Token | None) -> str:
    """Tells tokens apart on disk without telling them: they are random, so it cannot be undone."""
    import hashlib

    return hashlib.sha256(token.text.encode()).hexdigest()[:16] if token else "anonymous"


def _resource(path: str) -> str:
    """GitHub counts these apart."""
    known = ("/search/code", "/search", "/graphql")
    return next((one for one in known if path.startswith(one)), "core")


def _name_of(path: str) -> str:
    """What is asked for, in words."""
    parts = urlsplit(path).path.strip("/").split("/")
    if parts[0] == "search":
        return "this search"
    if parts[0] == "repos" and len(parts) > 2:
        return "/".join(parts[1:3])
    return f"/{'/'.join(parts)}"


def _errors(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    errors = payload.get("errors")
    return [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []


def _is_spent(payload: Mapping[str, Any]) -> bool:
    return any(one.get("type") == "RATE_LIMITED" for one in _errors(payload))


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
