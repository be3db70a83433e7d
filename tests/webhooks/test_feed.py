"""The feed: every event once, in order, and a word where some are gone or none has got so far."""

import pytest

from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from webhooks import feed
from webhooks.errors import EventsForgotten, EventTypeUnknown, PositionAhead
from webhooks.feed import read_feed
from webhooks.models import Dispatch, Event
from webhooks.naming import CREDITED, DEBITED
from webhooks.services import send_test_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(wallet: Wallet, bobs_wallet: Wallet) -> list[Event]:
    return happen(wallet, 3) + happen(bobs_wallet, 2)


def last(events: list[Event]) -> int:
    return events[-1].position or 0


def test_who_goes_on_from_next_gets_each_once(events: list[Event]):
    got: list[Event] = []
    after = None
    while True:
        stretch = read_feed(after=after, limit=2)
        got += stretch.events
        after = stretch.next
        if not stretch.has_more:
            break

    assert got == events
    assert (stretch.next, stretch.last_position, stretch.oldest_position) == (last(events), last(events), events[0].position)
    assert read_feed(after=after, limit=2).events == []


def test_where_nothing_ever_happened_it_is_empty(db: None):
    for after in (None, 0):
        stretch = read_feed(after=after, limit=10)
        assert (stretch.events, stretch.next, stretch.has_more, stretch.last_position) == ([], 0, False, 0)


def test_one_wallets(events: list[Event], bobs_wallet: Wallet):
    stretch = read_feed(limit=10, account_id=bobs_wallet.pk)

    assert stretch.events == events[3:]
    assert stretch.next == last(events)


def test_of_some_types_it_goes_on_behind_what_it_looked_through(events: list[Event], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feed, "LOOKED_THROUGH_MAX", 2)

    stretch = read_feed(limit=10, event_types=[DEBITED])

    first = events[0].position or 0
    assert (stretch.events, stretch.next, stretch.has_more) == ([], first + 1, True)
    stretch = read_feed(after=first + 3, limit=10, event_types=[DEBITED])
    assert (stretch.events, stretch.next, stretch.has_more) == ([], last(events), False)
    assert read_feed(limit=10, event_types=[CREDITED, DEBITED]).events == events[:2]
    with pytest.raises(EventTypeUnknown):
        read_feed(limit=10, event_types=["wallet.stolen"])


def test_a_position_that_nothing_has_got_to_is_no_empty_answer(events: list[Event]):
    with pytest.raises(PositionAhead) as refused:
        read_feed(after=last(events) + 1, limit=10)

    assert refused.value.last_position == last(events)


def test_events_that_are_forgotten_are_not_passed_over_in_silence(events: list[Event]):
    first = events[0].position or 0
    Event.objects.filter(position__lte=first + 1).delete()

    with pytest.raises(EventsForgotten) as refused:
        read_feed(after=first, limit=10)

    assert refused.value.oldest_position == first + 2
    assert read_feed(after=first + 1, limit=10).events == events[2:]
    assert read_feed(after=0, limit=10).events == events[2:]


def test_where_all_are_forgotten_the_next_one_is_the_oldest(events: list[Event], wallet: Wallet):
    Event.objects.all().delete()

    with pytest.raises(EventsForgotten) as refused:
        read_feed(after=last(events) - 1, limit=10)

    assert refused.value.oldest_position == last(events) + 1
    assert read_feed(after=last(events), limit=10).events == []
    [event] = happen(wallet)
    assert read_feed(after=last(events), limit=10).events == [event]


def test_what_has_no_place_is_not_in_it(events: list[Event]):
    send_test_event(endpoint=new_endpoint(), actor="test", asked_by=None)

    assert read_feed(limit=10).events == events


def test_what_is_placed_but_not_yet_said_to_be_is_not_told(events: list[Event]):
    """As somebody sees it who read the last position a moment before."""
    Dispatch.objects.update(position=last(events) - 1)

    stretch = read_feed(limit=10)

    assert (stretch.events, stretch.next) == (events[:-1], last(events) - 1)
