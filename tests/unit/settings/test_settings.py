from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.domain import Limits
from sandbox.errors import InputError, RecipeError, StoreError
from sandbox.settings import (
    Machine,
    Settings,
    default_home,
    load_settings,
    open_home,
    parse_duration,
    parse_size,
    this_machine,
)

MACHINE = Machine(memory_bytes=16 * 2**30, cpus=4)


def load(home: Path, text: str = "", **environ: str) -> Settings:
    (home / "sandbox.toml").write_text(text)
    return load_settings(home, environ, machine=MACHINE, read_pip=lambda _: "")


def test_without_file_and_variables_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {}, machine=MACHINE, read_pip=lambda _: "")
    assert (settings.engine, settings.jobs, settings.limits) == ("docker", 4, Limits())
    assert settings.origin("engine") == "default"
    assert settings.origin("jobs") == "number of CPUs"


def test_a_variable_wins_over_the_file_and_each_value_knows_who_set_it(tmp_path: Path) -> None:
    text = 'engine = "local"\njobs = 3\n[limits]\nmemory = "2GiB"\n'
    settings = load(tmp_path, text, SANDBOX_JOBS="7", SANDBOX_LIMITS_TIMEOUT="1h30m")
    assert (settings.engine, settings.jobs) == ("local", 7)
    assert settings.limits.memory_bytes == 2 * 2**30
    assert settings.limits.timeout_s == 5400
    assert settings.origin("engine") == str(tmp_path / "sandbox.toml")
    assert settings.origin("jobs") == "variable SANDBOX_JOBS"
    assert settings.origin("limits.timeout") == "variable SANDBOX_LIMITS_TIMEOUT"


def test_mlflows_own_variable_is_honoured_and_ours_wins(tmp_path: Path) -> None:
    text = 'tracking_uri = "sqlite:///file.db"'
    theirs = load(tmp_path, text, MLFLOW_TRACKING_URI="http://tracker:5000")
    assert theirs.tracking_uri == "http://tracker:5000"
    assert theirs.origin("tracking_uri") == "variable MLFLOW_TRACKING_URI"
    ours = load(tmp_path, text, MLFLOW_TRACKING_URI="http://a", SANDBOX_TRACKING_URI="http://b")
    assert ours.tracking_uri == "http://b"


def test_hosts_are_added_to_the_known_ones_and_git_settings_are_kept(tmp_path: Path) -> None:
    text = (
        '[git]\nhosts = ["git.example.org"]\n'
        '[git.config]\n"url.https://mirror.example.org/.insteadOf" = "https://github.com/"\n'
    )
    settings = load(tmp_path, text)
    assert settings.git_hosts[-1] == "git.example.org"
    assert "github.com" in settings.git_hosts
    assert settings.git_config == {
        "url.https://mirror.example.org/.insteadOf": "https://github.com/"
    }


def test_lists_in_variables_are_parted_by_commas_or_spaces(tmp_path: Path) -> None:
    settings = load(tmp_path, SANDBOX_GIT_HOSTS="a.example.org, b.example.org")
    assert settings.git_hosts[-2:] == ("a.example.org", "b.example.org")


@pytest.mark.parametrize(
    ("text", "key", "expected", "hint"),
    [
        ('enigne = "local"', "enigne", "unknown key", "did you mean 'engine'?"),
        ('[limits]\nmemroy = "1GiB"', "limits.memroy", "unknown key", "'limits.memory'"),
        ('[limit]\nmemory = "1GiB"', "limit", "unknown key", "limits"),
        ('[limits]\nmemory = "much"', "limits.memory", "'much'", None),
        ('[limits]\nmemory = "0"', "limits.memory", "a size above 0", None),
        ('[limits]\nmemory = "-1GiB"', "limits.memory", "a size above 0", None),
        ('[limits]\nmemory = "1e9"', "limits.memory", "a size above 0", None),
        ("[limits]\nmemory = true", "limits.memory", "a size above 0", None),
        ('[limits]\ntimeout = "soon"', "limits.timeout", "a time like", None),
        ('[limits]\ntimeout = "0s"', "limits.timeout", "a time above 0", None),
        ("[limits]\nprocesses = 0", "limits.processes", "greater than or equal to 1", None),
        ("[limits]\ncpus = nan", "limits.cpus", "finite", None),
        ("accelerator = 'tpu'", "accelerator", "'auto', 'cpu' or 'cuda'", None),
        ("jobs = 0", "jobs", "greater than or equal to 1", None),
        ("limits = 3", "limits", "3", None),
        ('[git]\nhosts = ["http://x/y"]', "git.hosts", "http://x/y", None),
        ('[git.config]\n"nonsense" = "1"', "git.config", "nonsense", None),
        ('[github]\ntoken = "secret"', "github.token", "unknown key", "github.token_variable"),
    ],
)
def test_a_bad_value_is_told_with_file_key_and_expectation(
    tmp_path: Path, text: str, key: str, expected: str, hint: str | None
) -> None:
    with pytest.raises(RecipeError) as caught:
        load(tmp_path, text)
    assert key in caught.value.message
    assert expected in caught.value.message
    assert str(tmp_path / "sandbox.toml") in caught.value.message
    assert (hint or "") in (caught.value.hint or "")


def test_a_bad_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="jobs in variable SANDBOX_JOBS is 'many'"):
        load(tmp_path, SANDBOX_JOBS="many")


@pytest.mark.parametrize("text", ["engine =", "\x00", "a = [" * 9])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecipeError, match=r"cannot read .*sandbox\.toml"):
        load(tmp_path, text)


def test_a_secret_in_an_index_is_not_repeated_by_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        load(tmp_path, '[indexes]\nindex_url = ["https://u:hunter2@mirror.example.org"]')
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("memory", ["1T", "17GiB"])
def test_more_memory_than_the_machine_has_is_refused(tmp_path: Path, memory: str) -> None:
    with pytest.raises(InputError, match=r"this machine has 16\.0 GiB"):
        load(tmp_path, f'[limits]\nmemory = "{memory}"')


def test_more_processors_than_the_machine_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this machine has 4"):
        load(tmp_path, "[limits]\ncpus = 5")


def test_the_default_memory_gives_way_to_a_small_machine(tmp_path: Path) -> None:
    small = Machine(memory_bytes=2 * 2**30, cpus=1)
    settings = load_settings(tmp_path, {}, machine=small, read_pip=lambda _: "")
    assert settings.limits.memory_bytes == 3 * 2**29


def test_a_command_line_changes_only_the_limits_it_names(tmp_path: Path) -> None:
    settings = load(tmp_path, '[limits]\ndisk = "1GiB"')
    limits = settings.limits_with({"timeout": "60s", "memory": "8GiB", "cpus": None})
    assert limits == Limits(timeout_s=60, memory_bytes=8 * 2**30, disk_bytes=2**30)


@pytest.mark.parametrize("memory", ["0", "-1", "1e9", "1T", ""])
def test_a_command_lines_bad_limit_is_the_users_mistake(tmp_path: Path, memory: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path).limits_with({"memory": memory})
    assert caught.value.exit_code == 2


def test_no_other_key_is_suggested_for_one_that_is_spelt_right(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="expected a time like") as caught:
        load(tmp_path).limits_with({"timeout": "soon"})
    assert caught.value.hint is None


def test_no_token_is_kept(tmp_path: Path) -> None:
    environ = {"GITHUB_TOKEN": "ghp_secret", "MINE": "other_secret"}
    settings = load(tmp_path, '[github]\ntoken_variable = "MINE"', **environ)
    assert settings.token_variable == "MINE"
    assert "secret" not in repr(settings) + repr(settings.rows())


def test_pip_is_asked_only_for_indexes_and_once(tmp_path: Path) -> None:
    asked: list[Mapping[str, str]] = []

    def read_pip(environ: Mapping[str, str]) -> str:
        asked.append(environ)
        return "global.index-url='https://mirror.example.org/simple'\n"

    settings = load_settings(tmp_path, {"A": "b"}, machine=MACHINE, read_pip=read_pip)
    assert settings.origin("engine") == "default"
    assert asked == []
    assert settings.load_indexes().index_url == "https://mirror.example.org/simple"
    assert settings.origin("indexes.index_url") == "pip configuration"
    assert asked == [{"A": "b"}]


def test_a_set_index_replaces_pips_and_the_rest_is_taken_over(tmp_path: Path) -> None:
    listing = "global.cert='/etc/ca.pem'\nglobal.index-url='https://theirs.example.org'\n"
    (tmp_path / "sandbox.toml").write_text('[indexes]\nindex_url = "https://ours.example.org"')
    settings = load_settings(tmp_path, {}, machine=MACHINE, read_pip=lambda _: listing)
    indexes = settings.load_indexes()
    assert (indexes.index_url, indexes.certificate) == ("https://ours.example.org", "/etc/ca.pem")
    assert settings.origin("indexes.index_url") == str(tmp_path / "sandbox.toml")
    assert settings.origin("indexes.certificate") == "pip configuration"
    assert settings.origin("indexes.constraints") == "default"


def test_doctors_rows_cover_every_value_and_blank_credentials(tmp_path: Path) -> None:
    listing = "global.index-url='https://user:secret@mirror.example.org/simple'\n"
    settings = load_settings(tmp_path, {}, machine=MACHINE, read_pip=lambda _: listing)
    rows = {row.key: row for row in settings.rows()}
    assert rows["indexes.index_url"].value == "https://***@mirror.example.org/simple"
    assert rows["limits.memory"].value == str(4 * 2**30)
    assert rows["home"].value == str(tmp_path)
    assert rows["git.config"].value == "none"


def test_a_mistyped_variable_is_noted_and_a_strangers_is_not(tmp_path: Path) -> None:
    settings = load(tmp_path, SANDBOX_ENGNE="local", SANDBOX_XYZZY_PLUGH="1")
    assert settings.notes == (
        "variable SANDBOX_ENGNE is not known; did you mean 'SANDBOX_ENGINE'?",
    )


def test_the_home_is_the_variable_or_the_platforms_data_folder(tmp_path: Path) -> None:
    assert default_home({"SANDBOX_HOME": str(tmp_path)}) == tmp_path
    assert default_home({}).name == "sandbox"
    settings = load_settings(None, {"SANDBOX_HOME": str(tmp_path)}, machine=MACHINE)
    assert (settings.home, settings.origin("home")) == (tmp_path, "variable SANDBOX_HOME")


def test_a_new_home_is_for_its_owner_only(tmp_path: Path) -> None:
    home = open_home(tmp_path / "a" / "home")
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700
    assert open_home(home.root) == home


def test_a_home_is_the_same_by_whichever_link(tmp_path: Path) -> None:
    made = open_home(tmp_path / "home")
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert open_home(tmp_path / "link") == made


def test_a_home_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make the home folder"):
        open_home(tmp_path / "file" / "home")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60", 60), ("90s", 90), ("1.5h", 5400), ("1h30m", 5400), ("2 min", 120), ("1d", 86400)],
)
def test_times_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "1x", "s", "-5s", "0", "1h 30q", "nan", "inf"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected a time"):
        parse_duration(text)


def test_sizes_are_read_as_people_write_them() -> None:
    assert [parse_size(text) for text in ("512MiB", "4 GiB", "2GB", "1024")] == [
        512 * 2**20,
        4 * 2**30,
        2 * 10**9,
        1024,
    ]


def test_this_machine_has_memory_and_a_processor() -> None:
    assert this_machine().memory_bytes > 2**26
    assert this_machine().cpus >= 1
