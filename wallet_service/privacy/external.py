"""His wallets whose points lie at another site."""

from collections.abc import Iterator

from federation.models import Mirror, Push
from ledger.streaming import stream
from wallet_service.privacy.person import Part, Person, Row, columns, money


class ExternalWalletsPart(Part):
    """What he settled as a manager is others', and names him by number."""

    name = "external_wallets"
    covers = frozenset({"federation.Push.settled_by", "federation.Difference.settled_by"})
    stays = "Which of his wallets follow one of another site, and what was withdrawn there: that site knows him by itself."

    def rows(self, person: Person) -> Iterator[Row]:
        with stream(
            Mirror.objects.select_related("site", "wallet").filter(wallet__in=person.wallet_ids).order_by("pk")
        ) as mirrors:
            for mirror in mirrors:
                told = columns(mirror, "wallet_id", "remote_name", "remote_wallet_id", "remote_user_id", "seen_at", "created_at")
                yield {**told, "site": mirror.site.url, "points": money(mirror.remote_minor, mirror.wallet.currency_code)}
        pushes = Push.objects.select_related("mirror__wallet").filter(mirror__in=person.wallet_ids).order_by("asked_at", "pk")
        with stream(pushes) as withdrawn:
            for push in withdrawn:
                told = columns(push, "id", "mirror_id", "status", "asked_at", "finished_at")
                yield {**told, "points": money(push.points_minor, push.mirror.wallet.currency_code)}
