"""The running service with its demo shop, over http and https, and Node to call it with."""

import contextlib
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.journeys.ports import HOST, free_port
from wallet_service.local_postgres import for_data_dir

HERE = Path(__file__).parent
PROJECT = HERE.parents[2]
START_SECONDS = 240


@dataclass
class Shop:
    """Where it is, and the demo shop's secrets."""

    http: str
    https: str
    certificate: Path
    environment: dict[str, str]
    access: dict[str, str]

    def command(self, *words: str) -> Any:
        """What a command says with --json, on this shop's data."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words, "--json"],
            cwd=PROJECT,
            env=self.environment,
            check=True,
            capture_output=True,
            timeout=60,
        )
        return json.loads(done.stdout)

    def node(self, program: str | Path, **variables: str) -> Any:
        """What a program beside this file prints: one JSON value. It fails with what the program said."""
        known = {"HTTP": self.http, "HTTPS": self.https, "NODE_EXTRA_CA_CERTS": str(self.certificate), **self.access}
        done = subprocess.run(
            ["node", str(HERE / "programs" / program)],
            cwd=HERE,
            env={**os.environ, **{name.upper(): value for name, value in known.items()}, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with tempfile.TemporaryDirectory(prefix="wallet-") as name, contextlib.ExitStack() as running:
        # As root, PostgreSQL runs as another user, who has to pass through.
        Path(name).chmod(0o711)
        data_dir = Path(name) / "data"
        certificate, key = make_certificate(Path(name))
        plain, secure = free_port(), free_port()
        inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "HOST", "DEMO"}}
        environment = {**inherited, "DATA_DIR": str(data_dir), "PORT": str(plain), "RATE_LIMITS": "off"}
        running.callback(for_data_dir(data_dir).stop)
        running.enter_context(program(environment, "manage.py", "serve"))
        wait_for(f"http://{HOST}:{plain}/wp-json/")
        running.enter_context(
            program(
                environment,
                *("-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(secure), "--no-ws"),
                *("--ssl-certificate", str(certificate), "--ssl-keyfile", str(key), "wallet_service.wsgi:application"),
            )
        )
        wait_for(f"https://{HOST}:{secure}/wp-json/", verify=str(certificate))
        access = json.loads((data_dir / "demo.json").read_text())
        yield Shop(f"http://{HOST}:{plain}", f"https://{HOST}:{secure}", certificate, environment, access)


@contextlib.contextmanager
def program(environment: dict[str, str], *words: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, *words], cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(40)


def wait_for(url: str, **options: Any) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(requests.ConnectionError):
            assert requests.get(url, timeout=10, **options).status_code == 200
            return
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.1)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """For this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "shop.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "shop.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "shop.pem", folder / "shop.key"
