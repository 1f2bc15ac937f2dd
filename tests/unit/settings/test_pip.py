from __future__ import annotations

import os
from pathlib import Path

from sandbox.domain import PackageIndexes
from sandbox.settings import parse_pip_configuration, read_pip_configuration


def test_nothing_configured_takes_nothing_over() -> None:
    assert parse_pip_configuration("", {}) == PackageIndexes()


def test_a_variable_wins_over_the_command_section_and_that_over_global() -> None:
    listing = (
        ":env:.index-url='https://c.example.org'\n"
        "global.index-url='https://a.example.org'\n"
        "install.index-url='https://b.example.org'\n"
        "download.index-url='https://d.example.org'\n"
    )
    assert parse_pip_configuration(listing, {}).index_url == "https://c.example.org"
    without = "\n".join(listing.splitlines()[1:])
    assert parse_pip_configuration(without, {}).index_url == "https://b.example.org"


def test_lists_are_parted_by_white_space_and_folders_are_made_absolute() -> None:
    listing = (
        "global.extra-index-url='https://a.example.org/simple\\nhttps://b.example.org/simple'\n"
        "global.find-links='/wheels file:///more%20wheels https://c.example.org/w relative'\n"
    )
    indexes = parse_pip_configuration(listing, {})
    assert indexes.extra_index_urls == (
        "https://a.example.org/simple",
        "https://b.example.org/simple",
    )
    assert indexes.find_links == ("/wheels", "/more wheels", "https://c.example.org/w")


def test_constraint_files_are_read_without_comments_and_options(tmp_path: Path) -> None:
    path = tmp_path / "constraints.txt"
    path.write_text("# ours\nnumpy<2  # for now\n\n-r other.txt\nscipy==1.11\n")
    indexes = parse_pip_configuration(f"global.constraint={str(path)!r}\n", {})
    assert indexes.constraints == ("numpy<2", "scipy==1.11")


def test_a_constraint_file_that_is_gone_takes_nothing_over() -> None:
    assert parse_pip_configuration("global.constraint='/no/such/file'\n", {}).constraints == ()


def test_the_certificate_bundle_is_the_one_that_pip_would_use() -> None:
    environ = {"REQUESTS_CA_BUNDLE": "/b.pem", "SSL_CERT_FILE": "/c.pem"}
    assert parse_pip_configuration("global.cert='/a.pem'\n", environ).certificate == "/a.pem"
    assert parse_pip_configuration("", environ).certificate == "/b.pem"


def test_a_value_with_quotes_and_equal_signs_is_read_whole() -> None:
    value = "https://u:p='q\"@mirror.example.org/?a=b"
    assert parse_pip_configuration(f"global.index-url={value!r}\n", {}).index_url == value


def test_the_real_pip_tells_its_variables_and_files(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nfind-links = /wheels\n")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PIP_CONFIG_FILE": str(config),
        "PIP_INDEX_URL": "https://mirror.example.org/simple",
    }
    indexes = parse_pip_configuration(read_pip_configuration(environ), environ)
    assert indexes.index_url == "https://mirror.example.org/simple"
    assert "/wheels" in indexes.find_links


def test_a_pip_that_cannot_read_its_configuration_takes_nothing_over(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("no section\n")
    assert read_pip_configuration({"PIP_CONFIG_FILE": str(config), "HOME": str(tmp_path)}) == ""
