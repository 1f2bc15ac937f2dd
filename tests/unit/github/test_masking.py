"""What looks like a secret is left out of what is kept, and nothing else is."""

from __future__ import annotations

import pytest

from sandbox.github import masker

LETTERS = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6kL9n"

SECRETS = (
    f"ghp_{LETTERS[:36]}",
    f"github_pat_{LETTERS}{LETTERS}",
    f"hf_{LETTERS[:34]}",
    f"sk-proj-{LETTERS}",
    f"AIza{LETTERS[:35]}",
    f"AKIA{'A1B2C3D4' * 2}",
    f"npm_{LETTERS[:36]}",
    f"glpat-{LETTERS[:20]}",
    f"xoxb-{LETTERS[:24]}",
    f"eyJ{LETTERS[:20]}.{LETTERS[:20]}.{LETTERS[:20]}",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_known_shapes_are_left_out(secret: str) -> None:
    said = f"epoch 1\nValueError: bad token {secret} at step 3\nloss 0.5"
    masked = masker({})(said)
    assert masked == "epoch 1\nValueError: bad token … at step 3\nloss 0.5"


@pytest.mark.parametrize("user", ["u:pw", "token", "u:p:w"])
def test_credentials_of_addresses_are_left_out(user: str) -> None:
    masked = masker({})(f"no answer from https://{user}@host.example/x")
    assert user not in masked
    assert masked.endswith("host.example/x")


def test_secrets_of_this_machine_are_left_out_whatever_their_shape() -> None:
    mask = masker({"MY_API_KEY": "plain words 1", "HOME": "/home/somebody"})
    assert mask("got plain words 1 in /home/somebody") == "got … in /home/somebody"
    assert "plain%20words" not in mask("https://x.example/?k=plain%20words%201")


def test_a_password_that_a_line_gives_is_left_out() -> None:
    said = "lr=0.1\n  export DB_PASSWORD=correct-horse-battery\nloss 1"
    assert masker({})(said) == "lr=0.1\n…\nloss 1"


@pytest.mark.parametrize(
    "said",
    [
        "DB_PASSWORD=correct_horse_battery",
        "API_TOKEN=john.appleseed",
        "token = aB3dE6gH9jK2.mN5pQ8sT",
        "secret: correct.horse",
        "token = correcthorsebattery",
    ],
)
def test_what_could_be_a_name_is_left_out_where_no_code_would_write_it(said: str) -> None:
    assert masker({})(said) == "…"


def test_a_private_key_is_left_out() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\ndef\n-----END RSA PRIVATE KEY-----"
    assert "MIIE" not in masker({})(f"a\n{key}\nb")


@pytest.mark.parametrize(
    "said",
    [
        "epoch 3: loss 0.25, 1000 tokens/s, next token: house",
        "sk-learn 1.4 from https://example.org/simple, 8 keys",
        "wandb: run offline at 3e-4",
        "ValueError: mail to me@example.org",
        "\r 10%|#   | 3/30 [00:01<00:09]\r",
        "    pad_token = tokenizer.eos_token\n    token = next_token_id\n",
        "load(\n    use_auth_token=given.auth_token,\n)",
    ],
)
def test_what_logs_say_otherwise_stays_as_it_is(said: str) -> None:
    assert masker({"API_KEY": ""})(said) == said


def test_a_secret_in_a_line_of_a_megabyte_is_left_out() -> None:
    said = (
        "x y " * 1_000
        + SECRETS[0]
        + " "
        + "x" * 1_000_000
        + f" ghp_{LETTERS[:36]} "
        + "://" * 300_000
    )
    masked = masker({})(said)
    assert "ghp_" not in masked
    assert len(masked) > 1_000_000
