"""docs/rights.md: who may do what, out of the tables that the tests hold every route to.

make rights      writes it anew
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import django

PAGE = Path(__file__).parents[2] / "docs" / "rights.md"
HEAD = """\
# Who may do what

Every route, and what each sort of caller gets: `yes`, or the status of the refusal (401 `rest_not_logged_in`, for a key whose
scope does not go so far 401 `walletpro_invalid_credentials` or `invalid_credentials`; 403 `rest_forbidden`). This page is made
of the tables in `test_rights.py` below `tests/api`, which try all of it; `make rights` writes it anew.

| Caller | |
| --- | --- |
| stranger | comes without credentials |
| A, B | customers; where a route is about a wallet, a transaction or a hold, it is A's |
| reader | has `walletpro_read_wallets` |
| writer | has `walletpro_write_wallets` |
| manager | has `manage_woocommerce`, as the group *Shop manager* |
| superuser | has every right |
| read key, write key | a shop manager's API keys of these scopes |

Rights add up, and none but the manager's implies another. A key or an application password does what its owner may, never more;
it makes no difference to what a person may whether he comes with a key, an application password or a session.
"""
WALLETPRO = """\
## walletpro/v1

Lists show a customer his own. What he may not see and what is not there look the same to him. `PUT` and `PATCH` change what
`POST` does: of a wallet its holder changes the auto-reload fields, a manager also limits and status.
Where the operator says so (`CHECKPOINTS_PUBLIC`), strangers read checkpoints too.
"""
STORE = """\
## The Store API, wc/store/v1/walletpro

For people with a session: reading takes the cookie alone, the rest the nonce as well (without it 401 `rest_not_logged_in`, with a
wrong one 403 `rest_cookie_invalid_nonce`). Everybody acts on his own wallet, whatever rights he has; keys and application
passwords are not looked at.
"""
WEBKUL_ADMIN = """\
## The admin door, wkwp-wallet/v1

For shop managers: with an API key, an application password, a signature or a session. Keys in the query are not looked at.
"""
WEBKUL_CUSTOMER = """\
## The customer door, wkwc_wallet/v1

For people with a session and its nonce; nothing else is looked at. Everybody acts on his own wallet, whatever rights he has.
"""
GATEWAY = """\
## The external API, cmmpexapi/v1

For whoever has the gateway's one key, while the gateway is open: there is no user, so there are no rights. A session, API keys
and application passwords are not looked at, and open nothing. Without the key every route says so (`success` is false) and moves
nothing.

"""
COLUMNS = ("stranger", "A", "B", "reader", "writer", "manager", "superuser", "read key", "write key")
Table = Mapping[tuple[str, str], tuple[int, ...]]


def page() -> str:
    """The page as it has to be."""
    from tests.api.cmmp.test_rights import TABLE as GATEWAY_TABLE
    from tests.api.store.test_rights import TABLE as STORE_TABLE
    from tests.api.test_rights import CALLERS
    from tests.api.test_rights import TABLE as WALLETPRO_TABLE
    from tests.api.webkul.test_rights import ADMIN_TABLE, CUSTOMER_TABLE

    assert len(CALLERS) == len(COLUMNS)
    parts = [(WALLETPRO, WALLETPRO_TABLE), (STORE, STORE_TABLE), (WEBKUL_ADMIN, ADMIN_TABLE), (WEBKUL_CUSTOMER, CUSTOMER_TABLE)]
    rows = [line for words, table in parts for line in (words, *_lines(table), "")]
    return "\n".join([HEAD, *rows, GATEWAY + ", ".join(f"`{verb} {shown(pattern)}`" for verb, pattern in GATEWAY_TABLE), ""])


def _lines(table: Table) -> Iterator[str]:
    needs = _needs()
    yield f"| Route | At least | {' | '.join(COLUMNS)} |"
    yield f"|{' --- |' * (2 + len(COLUMNS))}"
    for verb, pattern in sorted(table, key=lambda key: key[1]):
        marks = ["yes" if status < 300 else str(status) for status in table[verb, pattern]]
        yield f"| `{verb} {shown(pattern)}` | {needs[verb, pattern]} | {' | '.join(marks)} |"


def shown(pattern: str) -> str:
    """A route as people write it."""
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern)
    for namespace in ("/walletpro/v1", "/wc/store/v1/walletpro", "/wkwp-wallet/v1", "/wkwc_wallet/v1", "/cmmpexapi/v1"):
        path = path.removeprefix(namespace)
    return path


def _needs() -> dict[tuple[str, str], str]:
    """What each route says itself that its caller needs."""
    from wallet_service.api.routes import operation_for
    from wallet_service.families import DOCUMENTS

    return {
        (verb.upper(), pattern): operation_for(viewset, action).access.value
        for document in DOCUMENTS
        for pattern, viewset, mapping in document.router.live_routes()
        for verb, action in mapping.items()
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    PAGE.write_text(page())
