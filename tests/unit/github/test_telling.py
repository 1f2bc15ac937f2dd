"""What is told of a run elsewhere, and secrets in it."""

from __future__ import annotations

import dataclasses
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain import Run, RunStatus, Sweep, Tweak
from sandbox.github.messages import Told, body_of, commit_message, title_of
from sandbox.github.secrets import find_secrets


def told(*tweaks: Tweak, metrics: dict[str, float] | None = None) -> Told:
    changed = " ".join(f"{one.name}={one.value}" for one in tweaks)
    run = Run("3f2a9c01aabbccdd", changed or "baseline", RunStatus.succeeded, "train.py", "env",
              "c" * 40, tweaks=tweaks, metrics=metrics or {"val_loss": 1.8412345})  # fmt: skip
    base = Run("0" * 16, "baseline", RunStatus.succeeded, "train.py", "env", "b" * 40,
               metrics={"val_loss": 2.01})  # fmt: skip
    sweep = Sweep("20261127-1", "makemore", "https://github.com/o/r", "a" * 40, "train.py", "env",
                  3, "sandbox sweep", 0.0, directions={"val_loss": "min"})  # fmt: skip
    return Told(run, sweep, "o/r", "a" * 40, baseline=base)


LR = Tweak("lr", "0.1", "train.py:lr")


def test_a_commit_tells_what_was_changed_what_it_did_and_how_to_see_it_again() -> None:
    assert commit_message(told(LR)) == (
        "lr=0.1: val_loss 1.8412 (baseline 2.01)\n\n"
        "Changed:\n  lr = 0.1  (train.py:lr)\n\n"
        "Effect:\n  val_loss 1.8412 (baseline 2.01)\n\n"
        "To see it again:\n"
        f"  sandbox open o/r --ref {'a' * 40} --as makemore\n"
        "  sandbox run makemore train.py -p lr=0.1\n"
    )


def test_code_that_is_in_the_branch_is_opened_there() -> None:
    changed = told(LR, Tweak("patch", "p.diff + q.diff"), Tweak("tweak:fix-seed", "3", "x:tweak"))
    sweep = dataclasses.replace(changed.sweep, request={"arguments": ["--device", "cpu"]})
    pushed = dataclasses.replace(
        changed, sweep=sweep, files=("train.py",), fork="https://github.com/me/r"
    )
    text = commit_message(pushed)
    assert f"sandbox open https://github.com/me/r --ref {pushed.branch} --as makemore" in text
    assert "sandbox run makemore train.py -p lr=0.1 -- --device cpu\n" in text
    assert "  files: train.py" in text
    gist = dataclasses.replace(pushed, fork=None)
    assert "train.py --patch tweak.patch -p lr=0.1 -- --device cpu\n" in commit_message(gist)


def test_nothing_in_a_body_is_markup_of_the_studied_code() -> None:
    odd = Tweak("x|y", "<script>@everyone [a](b)\n# head", "f:x")
    body = body_of(told(odd))
    assert "\\<script\\>\\@everyone" in body
    assert "\n# head" not in body
    assert "| x\\|y |" in body


@given(st.text(min_size=1, max_size=120), st.text(max_size=120))
def test_any_name_makes_a_branch_that_git_takes(name: str, value: str) -> None:
    branch = told(Tweak(name, value, "f:x")).branch
    assert branch.startswith("sandbox/")
    assert "\n" not in title_of(told(Tweak(name, value, "f:x")))
    assert len(title_of(told(Tweak(name, value, "f:x")))) <= 72
    done = subprocess.run(["git", "check-ref-format", f"refs/heads/{branch}"], check=False)
    assert done.returncode == 0


SECRETS = {
    "ghp": "ghp_" + "a1" * 18,
    "pat": "github_pat_" + "a1_" * 20,
    "aws": 'aws_access_key_id = "AKIAIOSFODNN7EXAMPLZ"',
    "hf": "hf_" + "aB3" * 12,
    "wandb": "WANDB_API_KEY=" + "0a" * 20,
    "openai": "sk-" + "a1B2" * 5 + "T3BlbkFJ" + "a1B2" * 5,
    "pem": "-----BEGIN OPENSSH PRIVATE KEY-----",
    "url": "https://ana:s3cret@example.org/x",
    "slack": "xoxb-123456789012-123456789012-" + "aB3d" * 6,
    "google": "AIza" + "aB3-" * 8 + "aB3",
    "password": 'password = "correct horse"',
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
}


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_seen(name: str) -> None:
    text = f"lr = 0.1\nx = {SECRETS[name]!r}\n" if name not in {"aws", "password"} else (
        f"lr = 0.1\n{SECRETS[name]}\n")  # fmt: skip
    found = find_secrets({"train.py": text}, {})
    assert found
    assert {one.line for one in found} == {2}
    assert SECRETS[name] not in str(found)


def test_the_machines_own_secrets_are_seen_whatever_they_look_like() -> None:
    environ = {"MY_TOKEN": "plain-words-1", "HOME": "/home/plain", "API_KEY": "short"}
    (one,) = find_secrets({"a": "x\nthis has plain-words-1 in it\n/home/plain short"}, environ)
    assert (one.line, one.kind) == (2, "a secret of this machine")
    assert find_secrets({"a": "t = 'the-token-itself'"}, {}, own=["the-token-itself"])


@pytest.mark.parametrize(
    "break_", ["\x0c", "\u2028", "\r", "\n++ ", "  # pragma: allowlist secret "]
)
def test_no_line_break_or_mark_hides_one(break_: str) -> None:
    token = SECRETS["ghp"]
    assert find_secrets({"a.py": f"x = 1{break_}'{token}'  # pragma: allowlist secret"}, {})


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"KAGGLE_KEY": "0123abcd0123abcd"}, "k = 0123abcd0123abcd"),
        ({"PIP_INDEX_URL": "https://u:hunter22x@h/simple"}, "'hunter22x'"),
        ({"MY_TOKEN": "canary-of-mine"}, "Basic Y2FuYXJ5LW9mLW1pbmU="),
        ({"MY_TOKEN": "canary/of/mine"}, "https://h/?t=canary%2Fof%2Fmine"),
    ],
)
def test_secrets_of_variables_in_any_form(environ: dict[str, str], text: str) -> None:
    assert find_secrets({"a": text}, environ)


def test_names_of_people_are_no_secrets() -> None:
    environ = {"GIT_AUTHOR_NAME": "Ada Lovelace", "KEYBOARD": "qwertz-de"}
    assert find_secrets({"a": "by Ada Lovelace on qwertz-de"}, environ) == ()


def test_code_and_hashes_are_no_secrets() -> None:
    text = (
        "sha = '" + "0a" * 20 + "'\ntokens = tokenizer(text)\nkey = 'lr'\npassword_field = None\n"
    )
    assert find_secrets({"train.py": text}, {}) == ()
