"""The pages that show the OpenAPI documents: for strangers, and without anything from elsewhere."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from wallet_service.families import DOCUMENTS

NAMESPACES = [document.router.namespace for document in DOCUMENTS]
PAGES = [f"/docs/{namespace}/{page}" for namespace in NAMESPACES for page in ("", "redoc/")]
LINKS = re.compile(r'(?:src|href|data-url)="([^"]*)"')


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_reads_them(page: str):
    response = Client().get(page)

    assert response.status_code == 200
    assert Client().head(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_they_name_no_other_host_and_may_call_none(page: str):
    response = Client().get(page)
    text = response.content.decode()

    assert LINKS.findall(text)
    assert all(link.startswith(("/static/", "/wp-json/", "data:")) for link in LINKS.findall(text))
    policy = dict(rule.split(" ", 1) for rule in response["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert not re.search(r"https?:|\*", response["Content-Security-Policy"])


@pytest.mark.parametrize("page", PAGES)
def test_all_that_they_load_is_there(page: str):
    text = Client().get(page).content.decode()

    for link in LINKS.findall(text):
        if link.startswith("/static/"):
            assert finders.find(link.removeprefix("/static/")), link


@pytest.mark.parametrize("page", PAGES)
def test_they_show_their_own_document(page: str):
    namespace = page.removeprefix("/docs/").removesuffix("redoc/").strip("/")

    assert f'data-url="/wp-json/{namespace}/openapi.json"' in Client().get(page).content.decode()


@pytest.mark.django_db
def test_the_home_page_leads_to_them():
    text = Client().get("/").content.decode()

    assert set(PAGES) <= set(LINKS.findall(text))
