"""Documents and clients are made by one command each, and said to be stale by another."""

import filecmp
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from wallet_service.families import DOCUMENTS

PROJECT = Path(__file__).parents[2]
SNAPSHOTS = PROJECT / "docs" / "openapi"


def check(folder: Path) -> None:
    call_command("openapi", check=folder)


def renew(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "clients/renew.py", *arguments], cwd=project, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the clients are made from, and of them."""
    for folder in ("docs/openapi", "clients"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_snapshots_are_those_of_today(tmp_path: Path):
    check(SNAPSHOTS)


def test_what_was_written_is_not_stale(tmp_path: Path):
    (tmp_path / "gone-v1.json").write_text("{}")
    call_command("openapi", write=tmp_path)

    check(tmp_path)
    assert len(list(tmp_path.iterdir())) == len(DOCUMENTS)
    for path in tmp_path.iterdir():
        assert json.loads(path.read_text())["openapi"] == "3.1.1"


@pytest.mark.parametrize("name", ["walletpro-v1.json", "gone-v1.json"])
def test_a_document_that_changed_is_named_and_what_to_run(tmp_path: Path, name: str):
    call_command("openapi", write=tmp_path)
    with (tmp_path / name).open("a") as file:
        file.write(" ")

    with pytest.raises(CommandError, match=rf"now: {name}\. Run: make openapi clients"):
        check(tmp_path)


def test_a_document_that_is_missing_is_named(tmp_path: Path):
    with pytest.raises(CommandError, match="walletpro-v1.json"):
        check(tmp_path)


def test_a_document_needs_no_database_and_is_the_same_in_every_process(tmp_path: Path):
    for seed in ("1", "2"):
        environment = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "PYTHONHASHSEED": seed}
        command = [sys.executable, "manage.py", "openapi", "--write", str(tmp_path / seed)]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True, timeout=120)
        check(tmp_path / seed)


def test_the_clients_are_not_stale(project: Path):
    assert renew(PROJECT, "--check").returncode == 0
    assert renew(project, "--check").returncode == 0


def test_clients_of_other_documents_are_named_and_what_to_run(project: Path):
    with (project / "docs/openapi/walletpro-v1.json").open("a") as file:
        file.write(" ")
    said = renew(project, "--check")

    assert said.returncode == 1
    assert "clients/typescript/index.d.ts, clients/python/wallet_service_client/__init__.py" in said.stderr
    assert "Run: make clients" in said.stderr


def test_clients_of_another_version_are_named(project: Path):
    path = project / "pyproject.toml"
    path.write_text(path.read_text().replace('version = "', 'version = "9.', 1))

    assert "clients/typescript/package.json" in renew(project, "--check").stderr


def test_the_python_client_is_what_the_documents_make(tmp_path: Path):
    made = tmp_path / "wallet_service_client"
    assert renew(PROJECT, "--python-into", str(made)).returncode == 0

    assert_same(made, PROJECT / "clients/python/wallet_service_client")


def test_no_lock_of_npm_names_a_host():
    locks = [PROJECT / "clients/typescript/package-lock.json", PROJECT / "tests/clients/node/package-lock.json"]

    for lock in locks:
        assert "://" not in lock.read_text()
        packages = json.loads(lock.read_text())["packages"]
        assert all("integrity" in package for name, package in packages.items() if name)


def assert_same(one: Path, other: Path) -> None:
    """Two folders hold the same files, but for what Python keeps beside its own."""
    found = filecmp.dircmp(one, other, ignore=["__pycache__"])
    assert (found.left_only, found.right_only) == ([], [])
    assert filecmp.cmpfiles(one, other, found.common_files, shallow=False)[1:] == ([], [])
    for name in found.common_dirs:
        assert_same(one / name, other / name)
