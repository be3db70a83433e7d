"""The docs show the tables that the tests hold every route to."""

from tests.api.rights_page import PAGE, page


def test_the_page_says_what_the_tables_do():
    assert PAGE.read_text() == page(), "docs/rights.md is stale: make rights writes it anew"


def test_every_caller_and_every_route_is_on_it():
    text = page()

    for line in ("`GET /wallets`", "`POST /wallets/{id}/credit`", "`POST /apply`"):
        assert line in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert {line.count("|") for line in rows} == {12}
