from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sandbox.checkouts.process import Bounds, git_environment, run_git
from sandbox.errors import StoreError, UnavailableError
from tests.support.waiting import wait_until


def test_git_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="git is not installed"):
        run_git(["version"], cwd=tmp_path, environment=git_environment())


def test_a_folder_that_is_gone_is_not_taken_for_a_missing_git(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such folder"):
        run_git(["version"], cwd=tmp_path / "gone", environment=git_environment())


@pytest.mark.parametrize("name", ["GIT_SSL_CAINFO", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_the_certificate_bundle_of_the_host_reaches_git(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("GIT_SSL_CAINFO", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(other, raising=False)
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    monkeypatch.setenv(name, str(bundle))
    asked = ["config", "--get", "http.sslCAInfo"]
    answer = run_git(asked, cwd=tmp_path, environment=git_environment())
    assert answer.stdout.decode().strip() == str(bundle)
    own = git_environment({"http.sslCAInfo": "/own.pem"})
    assert run_git(asked, cwd=tmp_path, environment=own).stdout == b"/own.pem\n"


def test_nothing_of_the_hosts_environment_passes_unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("GITHUB_TOKEN", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "GIT_ASKPASS")
    for name in secrets:
        monkeypatch.setenv(name, "secret-token")
    monkeypatch.setenv("https_proxy", "http://proxy.example.org:3128")
    environment = git_environment(protocols=["https"])
    assert "secret-token" not in str(environment)
    assert environment["https_proxy"] == "http://proxy.example.org:3128"
    assert git_environment(protocols=["ssh"])["SSH_AUTH_SOCK"] == "secret-token"


@pytest.mark.parametrize("address", ["ext::sh -c :", "file:///", "http://127.0.0.1:9/x", "/"])
def test_git_itself_refuses_protocols_that_were_not_named(address: str, tmp_path: Path) -> None:
    environment = git_environment({"protocol.allow": "always"}, protocols=["https"])
    result = run_git(["ls-remote", "--", address], cwd=tmp_path, environment=environment)
    assert "not allowed" in result.stderr


def test_the_deadline_ends_git_and_everything_it_started(tmp_path: Path) -> None:
    alias = f"alias.hang=!sleep 600 & echo $! > {tmp_path}/pid; wait"
    settings = dict([alias.split("=", 1)])
    environment = git_environment(settings)
    result = run_git(["hang"], cwd=tmp_path, environment=environment, bounds=Bounds(timeout_s=1.0))
    assert result.timed_out
    started = int((tmp_path / "pid").read_text())
    wait_until(lambda: not is_alive(started))  # killed already; the kernel ends it in its own time


def test_a_watcher_ends_git_and_says_why(tmp_path: Path) -> None:
    environment = git_environment({"alias.hang": "!sleep 600"})
    bounds = Bounds(watch=lambda: "enough")
    result = run_git(["hang"], cwd=tmp_path, environment=environment, bounds=bounds)
    assert (result.stopped, result.timed_out) == ("enough", False)


def test_output_without_end_is_stopped_and_an_error_kept_short(tmp_path: Path) -> None:
    endless = git_environment({"alias.flood": "!yes"})
    assert run_git(["flood"], cwd=tmp_path, environment=endless).stopped
    noisy = git_environment({"alias.noise": "!yes | head -c 1000000 >&2; echo last >&2"})
    result = run_git(["noise"], cwd=tmp_path, environment=noisy)
    assert result.exit_code == 0
    assert result.stderr.endswith("last\n")
    assert len(result.stderr) <= 2**16


def is_alive(pid: int) -> bool:
    """A zombie is dead: only its parent has not looked yet."""
    status = Path(f"/proc/{pid}/status")
    if os.path.isdir("/proc/self"):  # noqa: PTH112
        return status.exists() and "State:\tZ" not in status.read_text()
    return subprocess.run(["kill", "-0", str(pid)], check=False).returncode == 0
