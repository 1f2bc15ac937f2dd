"""`sandbox find` and its sisters as they are typed, with a GitHub that is there, odd, or away."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.finding.site.loopback import Reply, serve
from tests.support.commands import command
from tests.support.github_graphql import TOKEN, InMemory, Metadata, Site, serve_github

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No GitHub but the one that a test serves."""
    monkeypatch.setenv("SANDBOX_GITHUB_BASE_URL", NOWHERE)
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def served(node_packages: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    unet = Metadata("ana", "unet", "Image segmentation with a \x1b[31mU-Net", stars=1200,
                    license_id="MIT", languages={"Python": 1}, size_kb=900)  # fmt: skip
    bare = Metadata("bob", "segmentation", "image segmentation", languages={"Python": 1})
    files = {"train.py": b"x", "README.md": b"# U-Net"}
    with serve_github(node_packages, InMemory(unet, files), InMemory(bare, files)) as site:
        monkeypatch.setenv("SANDBOX_GITHUB_BASE_URL", site.base_url)
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield site


@pytest.mark.slow
def test_a_table_and_the_way_on(served: Site) -> None:
    ended = command("find", "image segmentation", "--verbose")
    assert ended.code == 0, ended.err
    assert "1  ana/unet" in ended.out
    assert "1,200" in ended.out
    assert "+ script to run (train.py)" in ended.out
    assert "sandbox open ana/unet" in ended.out
    assert "\x1b[31m" not in ended.out
    assert "calls to GitHub" in ended.err


@pytest.mark.slow
def test_the_json_that_programs_rely_on(served: Site) -> None:
    ended = command("find", "image", "segmentation", "--json")
    assert ended.json["problem"] == "image segmentation"
    assert 0 < ended.json["api_calls"] <= 12
    first = ended.json["results"][0]
    assert {"full_name", "url", "score", "reasons", "license", "stars", "size_bytes"} <= set(first)
    assert (first["full_name"], first["license"], first["stars"]) == ("ana/unet", "MIT", 1200)


@pytest.mark.slow
def test_one_is_explained(served: Site) -> None:
    ended = command("find", "image segmentation", "--why", "ana/unet")
    assert ended.code == 0, ended.err
    assert "of 100" in ended.out
    assert "script to run (train.py)" in ended.out
    assert "+12" in ended.out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["image segmentation", "--open", "9"], 2, "there is no result 9: 2 were found"),
        (["image segmentation", "--open", "0"], 2, "there is no result 0"),
        (["--why", "ana/nothing"], 2, "ana/nothing is not on GitHub"),
        (["--why", "nonsense"], 2, "'nonsense' is not OWNER/NAME"),
    ],
)
def test_what_there_is_not(served: Site, words: list[str], code: int, error: str) -> None:
    ended = command("find", *words, "--json")
    assert ended.code == code
    assert error in ended.json["error"]


@pytest.mark.slow
def test_nothing_found_suggests_wider_words(served: Site) -> None:
    ended = command("find", "quantum", "basket", "weaving", "--since", "2024")
    assert ended.code == 0
    assert "nothing found; leave options out" in ended.out
    ended = command("find", "image segmentation", "--has", "tests")
    assert "has all that was asked for" in ended.out


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "nothing to look for"),
        (["  "], "nothing to look for"),
        (["x", "--sort", "size"], "--sort size is neither"),
        (["x", "--has", "notebook,magic"], "--has does not know 'magic'"),
        (["x", "--framework", "cobol"], "no framework called 'cobol'"),
        (["x", "--since", "yesterday"], "'yesterday' is no date"),
        (["x", "--max-size", "big"], "'big' is not a size"),
        (["x", "--limit", "0"], "--limit 0 is not above 0"),
        (["x", "--limit", "many"], "--limit"),
    ],
)
def test_bad_words(words: list[str], error: str) -> None:
    ended = command("find", *words, "--json")
    assert ended.code == 2
    assert error in ended.json["error"]


def test_without_network_what_is_here_is_shown() -> None:
    ended = command("find", "digits")
    assert ended.code == 0, ended.err
    assert "digits" in ended.out
    assert "GitHub could not be asked" in ended.out
    assert "cannot be reached" in ended.err


def test_without_network_and_nothing_here_it_is_an_error() -> None:
    ended = command("find", "protein folding")
    assert ended.code == 4
    assert "cannot be reached: connection refused" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"Content-Type": "text/html"}, b"<html>please log in</html>"),
        Reply(200, {}, b"[]"),
        Reply(200, {}, b'{"items": "none"}'),
        Reply(200, {}, b'{"items": [1, null, {"full_name": 3}, {"full_name": "../x"}]}'),
        Reply(200, {}, b'{"items": [{"full_name": "a/b", "license": 3, "topics": 5, "size": ""}]}'),
        Reply(500, {}, b""),
        Reply(301, {"Location": "https://elsewhere.example/"}, b""),
        Reply(200, {}, b"[" * 100_000),
    ],
)
def test_an_answer_that_is_none_does_no_harm(reply: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(lambda _: lambda _: reply) as server:
        monkeypatch.setenv("SANDBOX_GITHUB_BASE_URL", server.base_url)
        ended = command("find", "protein folding", "--json")
    assert ended.code in {0, 3, 4}
    assert isinstance(json.loads(ended.out), dict)
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("token", ["two words", "a\nb-line-of-it", "x"])
def test_a_variable_that_holds_no_token(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    ended = command("find", "protein folding")
    assert ended.code == 2
    assert "variable GITHUB_TOKEN holds no token" in ended.err
    assert token not in ended.err


@pytest.mark.parametrize("address", ["http://example.org", "ftp://x", "github.com", ""])
def test_tokens_go_over_https_only(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_GITHUB_BASE_URL", address or "https://")
    ended = command("find", "protein folding")
    assert ended.code == 2
    assert "github.base_url" in ended.err


def test_publishing_what_there_is_not() -> None:
    ended = command("publish", "lr=0.1")
    assert ended.code == 2
    assert "there are no runs yet" in ended.err
    assert command("sync", "nothing").code == 2


def test_forking_a_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "train.py").write_text("print(1)\n")
    ended = command("open", str(folder), "--fork")
    assert ended.code == 2
    assert "is not a repository of 127.0.0.1:9" in ended.err


def test_a_start_imports_neither_pygithub_nor_pydantic() -> None:
    """What is asked again is answered from disk; the libraries take longer than all of that."""
    heavy = {"github", "pydantic", "requests", "docker"}
    rooms = (
        "sandbox.api, sandbox.flows.repositories.finding, sandbox.github.finding, sandbox.cli.app"
    )
    program = f"import sys, {rooms}; print(sorted({heavy} & set(sys.modules)))"
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_doctor_says_which_github_and_as_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("doctor", "--engine", "local", "--json")
    told = {one["subject"]: one for one in command(*words).json["findings"]}
    assert told["github"]["text"].startswith(f"{NOWHERE}, anonymously: 60 requests an hour")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    ended = command(*words)
    told = {one["subject"]: one for one in ended.json["findings"]}
    assert told["github"]["text"] == f"{NOWHERE}, with the token of variable GITHUB_TOKEN"
    assert TOKEN not in ended.out + ended.err
