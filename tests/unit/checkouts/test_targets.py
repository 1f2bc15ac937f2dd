from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from sandbox.checkouts import KNOWN_HOSTS, parse_target, pasted_ref
from sandbox.domain import Repo
from sandbox.errors import TargetError

NOWHERE = Path("/nonexistent")


def parse(text: str, **options: object) -> Repo:
    return parse_target(text, **{"folder_base": NOWHERE, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "karpathy/makemore",
        "karpathy/makemore/",
        "https://github.com/karpathy/makemore",
        "https://github.com/karpathy/makemore/",
        "https://github.com/karpathy/makemore.git",
        "https://GitHub.com/karpathy/makemore.git/",
        "https://www.github.com/karpathy/makemore",
        "github.com/karpathy/makemore",
        "https://github.com/karpathy/makemore/tree/master",
        "https://github.com/karpathy/makemore/blob/master/makemore.py",
    ],
)
def test_every_spelling_of_a_repository_gives_one_form(text: str) -> None:
    wanted = Repo("https://github.com/karpathy/makemore", "makemore", "karpathy/makemore")
    assert parse(text) == wanted


@pytest.mark.parametrize(
    ("text", "source", "full_name"),
    [
        ("git@github.com:o/r.git", "ssh://git@github.com/o/r", "o/r"),
        ("ssh://git@gitlab.com/o/r.git", "ssh://git@gitlab.com/o/r", "o/r"),
        ("https://gitlab.com/a/b/c/-/tree/v1", "https://gitlab.com/a/b/c", "a/b/c"),
        ("https://gitlab.com/a/src/tree", "https://gitlab.com/a/src/tree", "a/src/tree"),
        ("https://huggingface.co/o/r/tree/main", "https://huggingface.co/o/r", "o/r"),
        (
            "https://huggingface.co/spaces/o/r/blob/main/app.py",
            "https://huggingface.co/spaces/o/r",
            "spaces/o/r",
        ),
        ("https://codeberg.org/o/r/src/branch/dev", "https://codeberg.org/o/r", "o/r"),
        ("https://bitbucket.org/o/r/src/main/", "https://bitbucket.org/o/r", "o/r"),
        ("https://github.com/o/tree", "https://github.com/o/tree", "o/tree"),
    ],
)
def test_other_hosts_and_protocols(text: str, source: str, full_name: str) -> None:
    repo = parse(text)
    assert (repo.source, repo.full_name) == (source, full_name)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("https://github.com/o/r/tree/v1.0", "v1.0"),
        ("https://github.com/o/r/blob/main/a/b.py", "main"),
        ("https://gitlab.com/a/b/c/-/blob/dev/x.py", "dev"),
        ("https://codeberg.org/o/r/src/branch/dev", "dev"),
        ("https://github.com/o/r", None),
        ("o/r", None),
        ("https://evil.example/o/r/tree/main", None),
        ("-u", None),
    ],
)
def test_a_pasted_page_names_its_ref(text: str, ref: str | None) -> None:
    assert pasted_ref(text) == ref


def test_a_folder_may_be_absolute_relative_or_a_file_address(tmp_path: Path) -> None:
    folder = tmp_path / "my repo"
    folder.mkdir()
    wanted = Repo(str(folder.resolve()), "my-repo")
    assert parse(str(folder)) == wanted
    assert parse("my repo", folder_base=tmp_path) == wanted
    assert parse("./my repo", folder_base=tmp_path) == wanted
    assert parse("../" + tmp_path.name + "/my repo", folder_base=tmp_path) == wanted
    assert parse(f"file://{tmp_path}/my%20repo") == wanted


def test_a_folder_that_exists_wins_over_owner_and_name(tmp_path: Path) -> None:
    (tmp_path / "examples" / "digits").mkdir(parents=True)
    assert parse("examples/digits", folder_base=tmp_path).is_folder
    assert parse("examples/letters", folder_base=tmp_path).full_name == "examples/letters"


def test_the_name_is_fit_for_a_workspace(tmp_path: Path) -> None:
    folder = tmp_path / "..ünïcode (copy)"
    folder.mkdir()
    assert parse(str(folder)).name == "n-code-copy"
    (tmp_path / "日本").mkdir()
    assert parse(str(tmp_path / "日本")).name == "repository"


@pytest.mark.parametrize(
    ("folder", "bare", "name"),
    [
        ("owner+project/repo", True, "owner-project"),
        ("project/.git", True, "project"),
        ("project/repo.git", True, "project"),
        ("owner/project.git", True, "project"),
        ("project/repo", False, "repo"),
    ],
)
def test_a_bare_repository_is_named_after_the_folder_above_where_its_own_says_nothing(
    tmp_path: Path, folder: str, *, bare: bool, name: str
) -> None:
    (tmp_path / folder / "objects").mkdir(parents=True)
    if bare:
        (tmp_path / folder / "HEAD").write_text("ref: refs/heads/main\n")
    assert parse(str(tmp_path / folder)).name == name


REFUSED = [
    "",
    "   ",
    "a" * 3000,
    "ext::sh -c touch% /tmp/x",
    "x::y",
    "fd::17",
    "-u./payload.sh",
    "--upload-pack=touch x",
    "git://github.com/o/r",
    "http://github.com/o/r",
    "http://127.0.0.1/o/r",
    "http://127.0.0.1:8080/o/r",
    "ftp://github.com/o/r",
    "https://evil.tld/o/r",
    "https://github.com@evil.tld/o/r",
    "https://github.com.evil.tld/o/r",
    "https://github.com:444/o/r",
    "https://github.com:443/o/r",
    "https://github.com:x/o/r",
    "https://user:secret-token@github.com/o/r",
    "https://secret-token@github.com/o/r",
    "https://github.com/o/r?x=1",
    "https://github.com/o/r#x",
    "https://github.com/o\\r",
    "https://github.com/o/r s",
    "https://github.com/o/r\ts",
    "https://github.com/o/r\n",
    "https://github.com/o/r\r",
    "https://github.com/o/r\0",
    "https://github.com/o/../r",
    "https://github.com/o/..",
    "https://github.com/o/%2e%2e/r",
    "https://github.com/o/-r",
    "https://github.com/o//r",
    "https://github.com/o",
    "https://github.com/",
    "https://github.com",
    "https://github.com/o/r/issues/3",
    "https://g\u0131thub.com/o/r",
    "https://[::1/o/r",
    "ssh://git@evil.tld/o/r",
    "ssh://root@github.com/o/r",
    "ssh://git:secret-token@github.com/o/r",
    "ssh://git@github.com:22/o/r",
    "ssh://-oProxyCommand=false/o/r",
    "git@evil.tld:o/r",
    "root@github.com:o/r",
    "git@github.com:-oProxyCommand=x/r",
    "git@github.com:../r",
    "file:///no/such/folder",
    "file://evil.tld/etc",
    "file:relative",
    "/no/such/folder",
    "./no/such/folder",
    "../o/r/x",
    "o/r/x",
    "o/..",
    "./..x/-",
    "word",
    "\u202eo/r",
]


@pytest.mark.parametrize("text", REFUSED)
def test_everything_else_is_refused_before_any_process_starts(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "git"
    shim.write_text(f"#!/bin/sh\n: > {tmp_path}/spawned\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TargetError) as caught:
        parse(text)
    error = caught.value
    told = f"{error.message} {error.hint} {pickle.dumps(error)!r}"
    assert error.exit_code == 2
    assert error.hint
    assert "secret-token" not in told
    assert error.message.isprintable()
    assert not (tmp_path / "spawned").exists()


def test_a_token_in_the_address_is_told_where_it_belongs() -> None:
    with pytest.raises(TargetError) as caught:
        parse("https://secret-token@github.com/o/r")
    assert "GITHUB_TOKEN" in str(caught.value.hint)


def test_settings_may_add_hosts_and_a_loopback_with_its_port() -> None:
    hosts = (*KNOWN_HOSTS, "git.example.org:8443", "127.0.0.1:8080", "plain.example.org:80")
    assert parse("https://git.example.org:8443/o/r.git", known_hosts=hosts).source == (
        "https://git.example.org:8443/o/r.git"
    )
    assert parse("http://127.0.0.1:8080/o/r", known_hosts=hosts).full_name == "o/r"
    with pytest.raises(TargetError):
        parse("http://plain.example.org:80/o/r", known_hosts=hosts)
    with pytest.raises(TargetError):
        parse("http://127.0.0.1:8081/o/r", known_hosts=hosts)
