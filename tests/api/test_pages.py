"""Pages of a list, and the headers that lead from one to the next (wordpress.md 6)."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from people.models import User
from tests.api.conftest import V1, said

pytestmark = pytest.mark.django_db

LIST = f"{V1}/transactions"


def ids(response: Any) -> list[int]:
    return [row["id"] for row in response.json()["data"]]


@pytest.mark.parametrize(
    ("page", "rows", "links"),
    [
        (1, slice(0, 2), {"next": 2}),
        (2, slice(2, 4), {"prev": 1, "next": 3}),
        (3, slice(4, 5), {"prev": 2}),
        (4, slice(0, 0), {"prev": 3}),
        (99, slice(0, 0), {"prev": 3}),
        (10**30, slice(0, 0), {"prev": 3}),
    ],
)
def test_pages(as_alice: APIClient, five: list[int], page: int, rows: slice, links: dict[str, int]):
    response = as_alice.get(f"{LIST}?per_page=2&page={page}")
    expected = [f'<http://testserver{LIST}?per_page=2&page={number}>; rel="{rel}"' for rel, number in links.items()]

    assert response.status_code == 200
    assert ids(response) == five[rows]
    assert (response["X-WP-Total"], response["X-WP-TotalPages"]) == ("5", "3")
    assert response["Link"] == ", ".join(expected)


def test_nothing_found(as_alice: APIClient):
    response = as_alice.get(LIST)

    assert response.json() == {"data": [], "meta": {"total": 0, "total_pages": 0, "page": 1, "per_page": 25}}
    assert (response["X-WP-Total"], response["X-WP-TotalPages"]) == ("0", "0")
    assert response["Link"] == '<http://testserver/wp-json/>; rel="https://api.w.org/"'


def test_the_link_repeats_the_query_but_no_credentials(stranger: APIClient, alice: User, five: list[int]):
    from apikeys.services import mint_key

    key, secret = mint_key(owner=alice, scope="read", description="test")
    credentials = f"consumer_key={key.consumer_key}&consumer_secret={secret}&oauth_nonce=1&_wpnonce=n"
    link = stranger.get(f"{LIST}/?page=1&page=2&{credentials}&per_page=2&x=a+b%26&type[]=credit")["Link"]

    assert link == (
        f'<http://testserver{LIST}?page=1&per_page=2&x=a+b%26&type%5B%5D=credit>; rel="prev", '
        f'<http://testserver{LIST}?page=3&per_page=2&x=a+b%26&type%5B%5D=credit>; rel="next"'
    )


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("per_page=0", {"per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)"}),
        ("per_page=-1", {"per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)"}),
        ("per_page=101", {"per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)"}),
        ("per_page=" + "9" * 40, {"per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)"}),
        ("page=0", {"page": "page must be greater than or equal to 1"}),
        ("page=-1", {"page": "page must be greater than or equal to 1"}),
        ("page=abc", {"page": "page is not of type integer."}),
        ("page=", {"page": "page is not of type integer."}),
        ("page=10.5", {"page": "page is not of type integer."}),
        ("per_page[]=5", {"per_page": "per_page is not of type integer."}),
        ("page=x&per_page=0", None),
    ],
)
@pytest.mark.parametrize("path", [LIST, f"{V1}/wallets"])
def test_pages_that_are_none(as_manager: APIClient, path: str, query: str, wrong: dict[str, str] | None):
    response = as_manager.get(f"{path}?{query}")

    assert said(response) == (400, "rest_invalid_param")
    if wrong:
        assert response.json()["data"]["params"] == wrong
    else:
        assert list(response.json()["data"]["params"]) == ["page", "per_page"]
