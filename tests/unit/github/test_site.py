"""What GitHub really answered, asked for again through PyGithub on a real socket."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from github import Consts, Github

from benchmarks.finding.site.loopback import Loopback, Reply, Request, serve
from sandbox.errors import (
    InputError,
    LimitError,
    NetworkError,
    RefusedError,
    SandboxError,
    TargetError,
)
from sandbox.github import caching, connections
from tests.support.github_recordings import Recordings
from tests.support.github_sites import MakeSite
from tests.unit.github.conftest import TOKEN

Play = Callable[..., Recordings]


def test_an_answer_is_asked_for_once(played: Play, make_site: MakeSite) -> None:
    server = played("repo-get-2025")
    for site in (make_site(server.base_url), make_site(server.base_url)):
        assert site.get("/repos/PyGithub/PyGithub")["full_name"] == "PyGithub/PyGithub"
    assert len(server.requests) == 1
    assert site.calls == 0


def test_an_old_answer_is_asked_whether_it_changed(
    played: Play, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = played("repo-get-2025", conditional=True)
    first = make_site(server.base_url).get("/repos/PyGithub/PyGithub")
    monkeypatch.setattr(caching, "FRESH_S", 0.0)
    assert make_site(server.base_url).get("/repos/PyGithub/PyGithub") == first
    assert [bool(one.headers.get("if-none-match")) for one in server.requests] == [False, True]


def test_refresh_asks_anew(played: Play, make_site: MakeSite) -> None:
    server = played("repo-get-2025")
    make_site(server.base_url).get("/repos/PyGithub/PyGithub")
    site = make_site(server.base_url, refresh=True)
    site.get("/repos/PyGithub/PyGithub")
    assert site.calls == 1


def test_one_tokens_answers_are_not_anothers(played: Play, make_site: MakeSite) -> None:
    server = played("repo-get-2025")
    for token in (None, TOKEN, TOKEN[::-1]):
        make_site(server.base_url, token=token).get("/repos/PyGithub/PyGithub")
    assert len(server.requests) == 3


def test_the_token_goes_to_github_and_to_no_file(
    played: Play, make_site: MakeSite, tmp_path: Path
) -> None:
    server = played("repo-get-2025")
    site = make_site(server.base_url, token=TOKEN)
    site.get("/repos/PyGithub/PyGithub")
    assert TOKEN in server.requests[0].headers["authorization"]
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert TOKEN.encode() not in kept
    assert TOKEN not in repr(vars(site)) + repr(site.token())


def test_a_renamed_repository_is_followed(played: Play, make_site: MakeSite) -> None:
    server = played("repo-301-renamed-2023")
    found = make_site(server.base_url).get("/repos/EnricoMi/test")
    assert found["full_name"] == "EnricoMi/test-renamed" or "/" in found["full_name"]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("recording", "path", "kind", "said"),
    [
        ("repo-404", "/repos/jacquev6/Xxx", TargetError, "jacquev6/Xxx is not on GitHub"),
        ("auth-401", "/user", InputError, "does not accept the token"),
        ("rate-403-primary", "/users/jacquev6", LimitError, "limit of 60 requests is reached"),
        (
            "rate-403-secondary-no-retry-after",
            "/repos/hub4j-test-org/temp-testHandler_Wait_Secondary_Limits",
            LimitError,
            "limit is reached",
        ),
        ("error-503-html", "/users/jacquev6", NetworkError, "trouble itself"),
        (
            "error-503-unicorn-html-2024",
            "/repos/hub4j-test-org/github-api/contents/ghcontent-ro/service-down",
            NetworkError,
            "trouble itself",
        ),
        ("error-502-only", "/repos/PyGithub/PyGithub", NetworkError, "trouble itself"),
        ("license-404", "/repos/hub4j-test-org/empty/license", TargetError, "not on GitHub"),
    ],
)
def test_complaints_are_ours(
    played: Play, make_site: MakeSite, *, recording: str, path: str, kind: type, said: str
) -> None:
    site = make_site(played(recording).base_url, token=TOKEN)
    if recording == "rate-403-primary":  # it answers once before its limit is reached
        make_site(site.access.base_url).get(path)
    with pytest.raises(kind, match=said) as caught:
        site.get(path)
    assert isinstance(caught.value, SandboxError)
    assert TOKEN not in str(caught.value.facts) + str(caught.value.hint)


def test_a_bad_gateway_is_tried_again(played: Play, make_site: MakeSite) -> None:
    server = played("error-502-then-200")
    site = make_site(server.base_url)
    with pytest.raises(NetworkError):  # three times are enough for us, four for the recording
        site.get("/repos/PyGithub/PyGithub")
    assert len(server.requests) == 3


def test_a_limit_is_reached_once_and_nothing_is_sent_after_it(make_site: MakeSite) -> None:
    def answer(_: Loopback) -> Callable[[Request], Reply]:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "60",
                   "X-RateLimit-Reset": str(int(time.time()) + 1800)}  # fmt: skip
        return lambda _: Reply(403, headers, b'{"message": "API rate limit exceeded for 1.2.3.4"}')

    with serve(answer) as server:
        site = make_site(server.base_url)
        for name in ("a/b", "c/d"):
            with pytest.raises(LimitError, match="limit of 60 requests is reached; again from"):
                site.get(f"/repos/{name}")
        assert len(server.requests) == 1
        with pytest.raises(LimitError):  # searches are counted apart
            site.get("/search/repositories", {"q": "x"})
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", [403, 429])
def test_a_short_limit_is_waited_for(make_site: MakeSite, status: int) -> None:
    def answer(state: Loopback) -> Callable[[Request], Reply]:
        def reply(_: Request) -> Reply:
            if len(state.requests) == 1:
                return Reply(status, {"Retry-After": "1"}, b'{"message": "secondary rate limit"}')
            return Reply(200, {}, b'{"full_name": "a/b"}')

        return reply

    with serve(answer) as server:
        assert make_site(server.base_url).get("/repos/a/b")["full_name"] == "a/b"
        assert len(server.requests) == 2


def test_an_hour_is_not_waited_for(make_site: MakeSite) -> None:
    too_long = Reply(429, {"Retry-After": "3600"}, b'{"message": "Too many requests"}')
    with serve(lambda _: lambda _: too_long) as server:
        begun = time.monotonic()
        with pytest.raises(LimitError) as caught:
            make_site(server.base_url).get("/repos/a/b")
        assert time.monotonic() - begun < 60
    assert caught.value.facts["wait_s"] == 3600
    assert "GITHUB_TOKEN" in (caught.value.hint or "")


def test_without_network_old_answers_do(
    played: Play, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, shared: Path
) -> None:
    from tests.support.github_recordings import serve_recordings

    with serve_recordings(shared / "github-payloads" / "repo-get-2025.json") as server:
        first = make_site(server.base_url).get("/repos/PyGithub/PyGithub")
    monkeypatch.setattr(caching, "FRESH_S", 0.0)
    site = make_site(server.base_url)
    assert site.get("/repos/PyGithub/PyGithub") == first
    assert any("answered as of" in note for note in site.notes)
    with pytest.raises(NetworkError, match="cannot be reached"):
        site.get("/repos/somebody/else")


def test_what_is_no_json_is_told(make_site: MakeSite) -> None:
    page = Reply(200, {"Content-Type": "text/html"}, b"<html>log in to the hotel's network</html>")
    with (
        serve(lambda _: lambda _: page) as server,
        pytest.raises(NetworkError, match="something else than JSON"),
    ):
        make_site(server.base_url).get("/repos/a/b")


def test_another_host_is_not_followed(make_site: MakeSite) -> None:
    with serve(lambda _: lambda _: Reply(301, {"Location": "http://localhost:9/x"})) as server:
        site = make_site(server.base_url, token=TOKEN)
        with pytest.raises(RefusedError, match="redirects to another place"):
            site.get("/repos/a/b")


def test_a_connection_that_ends_in_the_middle_is_the_networks(
    played: Play, make_site: MakeSite
) -> None:
    server = played("repo-get-2025", cut=True)
    with pytest.raises(NetworkError):
        make_site(server.base_url).get("/repos/PyGithub/PyGithub")


def test_nobody_there(make_site: MakeSite) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NetworkError, match="connection refused"):
        make_site(f"http://127.0.0.1:{port}").get("/repos/a/b")


def test_a_name_that_cannot_be_resolved(make_site: MakeSite) -> None:
    with pytest.raises(NetworkError, match="cannot be reached"):
        make_site("https://nowhere.invalid").get("/repos/a/b")


def test_a_proxy_that_is_not_there(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(NetworkError, match="the proxy refuses"):
        make_site("https://nowhere.invalid").get("/repos/a/b")


def test_a_damaged_answer_on_disk_is_asked_for_anew(
    played: Play, make_site: MakeSite, tmp_path: Path
) -> None:
    server = played("repo-get-2025")
    make_site(server.base_url).get("/repos/PyGithub/PyGithub")
    for path in (tmp_path / "answers").glob("*.json"):
        path.write_text('{"payload": [')
    assert make_site(server.base_url).get("/repos/PyGithub/PyGithub")["id"]
    assert len(server.requests) == 2


def test_threads_share_a_site(played: Play, make_site: MakeSite) -> None:
    server = played("repo-get-2025", delay_s=0.05)
    site, failures = make_site(server.base_url), []

    def ask() -> None:
        try:
            site.get("/repos/PyGithub/PyGithub")
        except SandboxError as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failures


def test_old_answers_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "MOST_ANSWERS", 2)
    answers = caching.Answers(tmp_path, "site", "nobody")
    for number in range(5):
        answers.save((number,), caching.Kept(number, time.time()))
    answers.prune()
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_every_error_of_pygithub_is_translated() -> None:
    import github
    import requests

    from sandbox.github.complaints import translated

    kinds = {one for one in vars(github).values() if isinstance(one, type)}
    ours = {one for one in kinds if issubclass(one, github.GithubException)}
    assert len(ours) > 6
    errors: list[Exception] = [
        kind(403, {"message": "no"}, {}, **({"wait": 1} if "Wait" in kind.__name__ else {}))
        for kind in ours
    ]
    errors += [github.BadAttributeException(1, int, None), requests.ConnectionError(),
               requests.Timeout(), requests.exceptions.ProxyError(),
               requests.exceptions.SSLError(), OSError("x"), ValueError("x")]  # fmt: skip
    for error in errors:
        with pytest.raises(SandboxError), translated("github.com", "a thing", None):
            raise error


@pytest.mark.parametrize(
    "kept",
    ['{"status": "x"}', '{"asked_at": "nan"}', '{"asked_at": 1e400}', '{"asked_at": 1e14}',
     '{"etag": 5}', "[]", "7"],
)  # fmt: skip
def test_an_odd_answer_on_disk_is_asked_for_anew(
    played: Play, make_site: MakeSite, tmp_path: Path, kept: str
) -> None:
    server = played("repo-get-2025")
    make_site(server.base_url).get("/repos/PyGithub/PyGithub")
    (path,) = (tmp_path / "answers").glob("*.json")
    told = json.loads(path.read_text())
    odd = json.loads(kept)
    path.write_text(json.dumps({**told, **odd}) if isinstance(odd, dict) else kept)
    assert make_site(server.base_url).get("/repos/PyGithub/PyGithub")["id"]


@pytest.mark.parametrize(
    "headers",
    [{"Retry-After": "\u00b2".encode("latin-1").decode("latin-1")}, {"Retry-After": "9" * 30},
     {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 20},
     {"X-RateLimit-Remaining": "inf", "X-RateLimit-Limit": "x"}],
)  # fmt: skip
def test_odd_headers_do_no_harm(make_site: MakeSite, headers: dict[str, str]) -> None:
    limited = Reply(429, headers, b'{"message": "Too many requests"}')
    with serve(lambda _: lambda _: limited) as server, pytest.raises(NetworkError):
        make_site(server.base_url).get("/repos/a/b")


@pytest.mark.parametrize(
    "where", ["http://localhost:9/x", "https://127.0.0.1/x", "file:///etc", "/y"]
)
@pytest.mark.parametrize("status", [301, 302, 307])
def test_no_redirect_ends_in_a_traceback(make_site: MakeSite, status: int, where: str) -> None:
    moved = Reply(status, {"Location": where}, b"")
    with serve(lambda _: lambda _: moved) as server, pytest.raises(SandboxError):
        make_site(server.base_url, token=TOKEN).get("/repos/a/b")


def test_a_token_that_an_answer_repeats_is_neither_kept_nor_shown(
    make_site: MakeSite, tmp_path: Path
) -> None:
    said = Reply(404, {}, json.dumps({"message": f"Not Found for Bearer {TOKEN}"}).encode())
    with serve(lambda _: lambda _: said) as server, pytest.raises(TargetError) as caught:
        make_site(server.base_url, token=TOKEN).get("/repos/a/b")
    assert TOKEN not in f"{caught.value} {caught.value.facts}"
    assert all(TOKEN not in one.read_text() for one in (tmp_path / "answers").glob("*"))


def test_threads_get_their_own_answers(make_site: MakeSite) -> None:
    def answer(_: Loopback) -> Callable[[Request], Reply]:
        return lambda request: Reply(200, {}, json.dumps({"path": request.path}).encode())

    with serve(answer) as server:
        site = make_site(server.base_url)
        wrong: list[str] = []

        def ask(number: int) -> None:
            for turn in range(40):
                path = f"/repos/a/{number}-{turn}"
                if site.get(path) != {"path": path}:
                    wrong.append(path)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert wrong == []


def test_an_answer_that_unpacks_without_end_is_refused(make_site: MakeSite) -> None:
    bomb = gzip.compress(b'"' + b"x" * (connections.MOST_BYTES + 1) + b'"')
    packed = Reply(200, {"Content-Encoding": "gzip"}, bomb)
    with serve(lambda _: lambda _: packed) as server, pytest.raises(NetworkError, match="32 MiB"):
        make_site(server.base_url).get("/repos/a/b")


def test_an_answer_that_trickles_is_given_up(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LIMIT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_trickle, args=(listening,))
        thread.start()
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(NetworkError, match=r"longer than 0\.2 s"):
            make_site(base_url).get("/repos/a/b")
        thread.join(timeout=20)
    assert not thread.is_alive()


def _trickle(listening: socket.socket) -> None:
    """A byte now and then, two hundred at most, until the other side has had enough."""
    peer, _ = listening.accept()
    with peer:
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")
        for _ in range(200):
            try:
                peer.sendall(b" ")
            except OSError:
                return
            time.sleep(0.05)


@pytest.mark.parametrize("status", [202, 301])
def test_going_round_in_circles_ends(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(Consts, "PROCESSING_202_WAIT_TIME", 0)

    def answer(state: Loopback) -> Callable[[Request], Reply]:
        def reply(request: Request) -> Reply:
            other = "/repos/b/a" if request.path == "/repos/a/b" else "/repos/a/b"
            return Reply(status, {"Location": f"{state.base_url}{other}"}, b"{}")

        return reply

    with serve(answer) as server, pytest.raises(NetworkError, match="5 times"):
        make_site(server.base_url).get("/repos/a/b")
    assert len(server.requests) == connections.MOST_TURNS + 1


def test_a_redirect_keeps_what_was_asked_for(make_site: MakeSite) -> None:
    def answer(state: Loopback) -> Callable[[Request], Reply]:
        moved = f"{state.base_url}/repositories/1/git/trees/main?recursive=1"

        def reply(request: Request) -> Reply:
            if request.path.startswith("/repos/"):
                return Reply(301, {"Location": moved}, b"{}")
            return Reply(200, {}, json.dumps(dict(request.query)).encode())

        return reply

    with serve(answer) as server:
        asked = make_site(server.base_url).get("/repos/a/b/git/trees/main", {"recursive": 1})
    assert asked == {"recursive": "1"}


def test_other_programs_connections_stay_as_they_are(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_BYTES", 1)
    with serve(lambda _: lambda _: Reply(200, {}, b'{"a": 1}')) as server:
        with pytest.raises(NetworkError):
            make_site(server.base_url).get("/repos/a/b")
        with Github(base_url=server.base_url) as other:
            assert other.requester.requestJson("GET", "/repos/a/b")[2] == '{"a": 1}'
