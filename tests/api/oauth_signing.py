"""Signing a call as WooCommerce's documentation says, written without the code under test."""

import hmac
import time
from base64 import b64encode
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

Pairs = list[tuple[str, str]]


def signed_pairs(
    verb: str, address: str, parameters: Pairs, *, key: str, secret: str, algorithm: str = "SHA256", **oauth: Any
) -> Pairs:
    """The OAuth parameters of a call; `oauth` replaces some of them, None leaves one out."""
    said = {
        "oauth_consumer_key": key,
        "oauth_timestamp": str(int(time.time())),
        "oauth_nonce": uuid4().hex,
        "oauth_signature_method": f"HMAC-{algorithm}",
        **oauth,
    }
    pairs = [(name, value) for name, value in said.items() if value is not None and name != "oauth_signature"]
    quoted = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in [*parameters, *pairs])
    text = "&".join(f"{name}={value}" for name, value in quoted)
    base = "&".join((verb, quote(address, safe="~"), quote(text, safe="~")))
    signature = b64encode(hmac.digest(f"{secret}&".encode(), base.encode(), algorithm.lower())).decode()
    sent = said.get("oauth_signature", signature)
    return pairs if sent is None else [*pairs, ("oauth_signature", sent)]


def in_header(pairs: Pairs) -> str:
    """As an Authorization header."""
    return "OAuth " + ", ".join(f'{name}="{quote(value, safe="~")}"' for name, value in pairs)


def with_query(path: str, *pairs: Pairs) -> str:
    return f"{path}?{urlencode([pair for some in pairs for pair in some])}"
