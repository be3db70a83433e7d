"""Makes both clients from docs/openapi; with --check, says whether they were made from what is there now.

    python clients/renew.py            needs Node: `npm ci` in clients/typescript first
    python clients/renew.py --check    needs nothing

Every file it writes begins with, or lies beside one that begins with, the digest of the documents and the version.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from hashlib import sha256
from pathlib import Path

CLIENTS = Path(__file__).resolve().parent
PROJECT = CLIENTS.parent
DOCUMENTS = PROJECT / "docs" / "openapi"
TYPESCRIPT = CLIENTS / "typescript"
PYTHON = CLIENTS / "python"
PACKAGE = PYTHON / "wallet_service_client"
# The namespace whose types the package exports by their own names; the others' stand under their namespace.
ROOT = "walletpro-v1"
# An argument that has a default need not be sent: openapi-typescript would have it that it is always there.
OPTIONAL = "--default-non-nullable=false"

INDEX = """\
// Made by `make clients` from docs/openapi; do not edit.
// {digest}

{exports}

declare global {{
  /** What the service's pages, like WordPress's, hand to their scripts. */
  interface WpApiSettings {{
    /** The API's root, with a slash at the end. */
    root: string;
    /** For the header X-WP-Nonce; empty where nobody is signed in. */
    nonce: string;
  }}
  var wpApiSettings: WpApiSettings;
}}
"""
INIT = '''\
"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

{digest}
"""
'''


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 where a client is stale; needs no Node")
    parser.add_argument("--python-into", type=Path, metavar="DIR", help="only the Python package, into another folder")
    parser.add_argument("--typescript-into", type=Path, metavar="DIR", help="only the TypeScript types, into another folder")
    parser.add_argument("--locks", action="store_true", help="only take addresses out of the npm locks; needs nothing")
    asked = parser.parse_args()
    if asked.check:
        stale = stale_clients()
        sys.exit(f"{', '.join(stale)}: not made from docs/openapi as it is now. Run: make clients" if stale else None)
    if asked.locks:
        return clean_locks()
    if asked.python_into or not asked.typescript_into:
        make_python(asked.python_into or PACKAGE)
    if asked.typescript_into or not asked.python_into:
        make_typescript(asked.typescript_into or TYPESCRIPT)
    if not (asked.python_into or asked.typescript_into):
        set_versions()


def documents() -> list[Path]:
    return sorted(DOCUMENTS.glob("*.json"))


def version() -> str:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def digest() -> str:
    """Of what the clients are made from: the documents, by name, and the version."""
    made_from = [version(), *(f"{path.name} {sha256(path.read_bytes()).hexdigest()}" for path in documents())]
    return "sha256:" + sha256("\n".join(made_from).encode()).hexdigest()


def stale_clients() -> list[str]:
    """The clients that say they were made from something else, or whose version is another."""
    wanted = {
        TYPESCRIPT / "index.d.ts": digest(),
        TYPESCRIPT / "package.json": f'"version": "{version()}"',
        TYPESCRIPT / "package-lock.json": f'"version": "{version()}"',
        PACKAGE / "__init__.py": digest(),
        PYTHON / "pyproject.toml": f'version = "{version()}"',
    }
    stale = [path for path, words in wanted.items() if not path.is_file() or words not in path.read_text()]
    return [str(path.relative_to(PROJECT)) for path in stale]


def make_typescript(folder: Path) -> None:
    """The types of each namespace, and an index of them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.d.ts"):
        left.unlink()
    program = TYPESCRIPT / "node_modules" / ".bin" / "openapi-typescript"
    for document in documents():
        made = folder / f"{document.stem}.d.ts"
        run(str(program), str(document), "--output", str(made), "--root-types", "--root-types-no-schema-prefix", OPTIONAL)
    exports = "\n".join(export(path.stem) for path in documents())
    (folder / "index.d.ts").write_text(INDEX.format(digest=digest(), exports=exports))


def export(stem: str) -> str:
    first, *rest = stem.split("-")
    name = "*" if stem == ROOT else f"* as {first}{''.join(part.title() for part in rest)}"
    return f'export {name} from "./{stem}";'


def make_python(folder: Path) -> None:
    """A package a namespace. Made elsewhere first: inside the project ruff would follow the project's rules."""
    with tempfile.TemporaryDirectory() as name:
        package = Path(name) / PACKAGE.name
        package.mkdir()
        for document in documents():
            made = package / document.stem.replace("-", "_")
            run(
                *(str(Path(sys.executable).parent / "openapi-python-client"), "generate", "--meta", "none", "--fail-on-warning"),
                *("--path", str(document), "--output-path", str(made)),
            )
        for cache in package.rglob(".ruff_cache"):
            shutil.rmtree(cache)
        (package / "__init__.py").write_text(INIT.format(digest=digest()))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(package, folder)


def set_versions() -> None:
    """The service's version into both packages."""
    for path in (TYPESCRIPT / "package.json", TYPESCRIPT / "package-lock.json"):
        package = json.loads(path.read_text())
        package["version"] = version()
        if "packages" in package:
            package["packages"][""]["version"] = version()
        write_json(path, package)
    path = PYTHON / "pyproject.toml"
    path.write_text(re.sub(r'(?m)^version = ".*"$', f'version = "{version()}"', path.read_text()))


def clean_locks() -> None:
    """Without the addresses of sponsors, which npm notes; those of the registry it leaves out as `.npmrc` tells it."""
    for path in (TYPESCRIPT / "package-lock.json", PROJECT / "tests" / "clients" / "node" / "package-lock.json"):
        lock = json.loads(path.read_text())
        for package in lock["packages"].values():
            package.pop("funding", None)
        write_json(path, lock)


def write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=2) + "\n")


def run(*command: str) -> None:
    """The generators' own programs: the environment's `bin` is put first, where one finds ruff."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")


if __name__ == "__main__":
    main()
