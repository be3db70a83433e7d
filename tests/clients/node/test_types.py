"""@walletpro/types, packed and installed as an integrator has it."""

import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.clients.node.conftest import HERE, PROJECT, Shop
from tests.clients.test_renewal import renew

pytestmark = pytest.mark.node

PACKAGE = PROJECT / "clients" / "typescript"
TSC = PACKAGE / "node_modules" / ".bin" / "tsc"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has the package."""
    folder = tmp_path_factory.mktemp("project")
    packed = subprocess.run(
        ["npm", "pack", "--json", "--pack-destination", str(folder)], cwd=PACKAGE, check=True, capture_output=True, text=True
    )
    (about,) = json.loads(packed.stdout)
    place = folder / "node_modules" / "@walletpro" / "types"
    place.parent.mkdir(parents=True)
    with tarfile.open(folder / about["filename"]) as archive:
        archive.extractall(folder, filter="data")
    (folder / "package").rename(place)
    for program in ("seed.ts", "shop.mts"):
        (folder / program).write_text((HERE / "programs" / program).read_text())
    return folder


def compile_in(folder: Path, *words: str) -> None:
    done = subprocess.run(
        [str(TSC), "--strict", "--target", "es2022", *words], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout


MODULES = [
    ("--module", "commonjs", "--moduleResolution", "node10"),
    ("--module", "nodenext"),
    ("--module", "esnext", "--moduleResolution", "bundler"),
]


@pytest.mark.parametrize("modules", MODULES)
def test_the_documents_own_program_compiles_unchanged(installed: Path, modules: tuple[str, ...]):
    compile_in(installed, "--noEmit", *modules, "seed.ts")


def test_a_wrong_name_does_not_compile(installed: Path):
    text = (installed / "seed.ts").read_text()
    (installed / "wrong.ts").write_text(text.replace("Promise<Wallet>", "Promise<Wallett>"))

    with pytest.raises(AssertionError, match="Cannot find name .*Wallett"):
        compile_in(installed, "--noEmit", "--module", "nodenext", "wrong.ts")


def test_the_version_is_the_services(installed: Path):
    package = json.loads((installed / "node_modules/@walletpro/types/package.json").read_text())

    assert f'version = "{package["version"]}"' in (PROJECT / "pyproject.toml").read_text()


def test_a_program_with_the_types_reads_and_credits(installed: Path, shop: Shop):
    compile_in(installed, "--module", "nodenext", "shop.mts")
    said = shop.node(installed / "shop.mjs")

    assert said["gained"] is said["newest"] is True
    assert said["rows"] == 2
    assert said["refused"] == ["walletpro_spending_limit_exceeded", "999999999"]


def test_the_types_are_what_the_documents_make(tmp_path: Path):
    assert renew(PROJECT, "--typescript-into", str(tmp_path)).returncode == 0

    made = {path.name: path.read_text() for path in tmp_path.glob("*.d.ts")}
    assert made == {path.name: path.read_text() for path in PACKAGE.glob("*.d.ts")}
