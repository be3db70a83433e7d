"""PyPI's `woocommerce`, unmodified, over real sockets: signing by OAuth over http, with the key over https."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from woocommerce import API

from apikeys.models import OauthNonce
from apikeys.services import mint_key
from ledger.models import Entry
from people.models import User
from tests.journeys.conftest import Server, running
from tests.journeys.ports import HOST
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def tls_server(transactional_db: None, tmp_path: Path) -> Iterator[Server]:
    """The server over https, with a certificate of its own."""
    yield from running(Server(*self_signed(tmp_path)))


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine's own address, and its key."""
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.NameAttribute(NameOID.COMMON_NAME, HOST), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(x509.Name([name])).issuer_name(x509.Name([name]))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = builder.add_extension(addresses, critical=False).sign(key, hashes.SHA256())
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return certificate_file, key_file


def client(server: Server, consumer_key: str, consumer_secret: str, **options: Any) -> API:
    trusted = str(server.certificate) if server.certificate else True
    how = {"wp_api": True, "version": "walletpro/v1", "verify_ssl": trusted, "timeout": 30}
    return API(url=server.site, consumer_key=consumer_key, consumer_secret=consumer_secret, **how, **options)


def reads_and_credits(shop: API, wallet: Wallet) -> None:
    """Read the wallets and post a credit, as the client's own README does."""
    response = shop.post(f"wallets/{wallet.pk}/credit", {"amount": "1000", "reason": "Zoë's reward"})
    assert (response.status_code, response.json()["balance_after"]) == (201, "1000"), response.text
    response = shop.get("wallets", params={"balance_min": 1, "currency": "USD"})
    assert [(row["id"], row["balance"]) for row in response.json()["data"]] == [(wallet.pk, "1000")], response.text
    assert Entry.objects.get().reason == "Zoë's reward"


def test_over_http_it_signs(server: Server, manager: User, wallet: Wallet):
    key, secret = mint_key(owner=manager, scope="read_write", description="shop", oauth_enabled=True, allowed_ips=[HOST])

    reads_and_credits(client(server, key.consumer_key, secret), wallet)

    assert OauthNonce.objects.filter(key=key).count() == 2
    refused = client(server, key.consumer_key, "cs_wrong").get("wallets")
    assert (refused.status_code, refused.json()["code"]) == (401, "walletpro_invalid_credentials")


def test_over_https_it_sends_the_key(tls_server: Server, manager: User, wallet: Wallet):
    key, secret = mint_key(owner=manager, scope="read_write", description="shop")

    reads_and_credits(client(tls_server, key.consumer_key, secret), wallet)

    in_query = client(tls_server, key.consumer_key, secret, query_string_auth=True)
    assert in_query.get(f"wallets/{wallet.pk}").json()["balance"] == "1000"
