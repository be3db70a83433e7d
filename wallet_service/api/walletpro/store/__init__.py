"""The Store API's part of it, wc/store/v1/walletpro (contract.md 2; facts.md 3.16 and 3.17): a customer at the checkout.

A second door of walletpro/v1: its envelope, its codes, its money, its limit. What differs:

* Way in: the session cookie alone reads; what writes needs the nonce, as `Nonce`,
  `X-WP-Nonce` or `_wpnonce`. Nothing else is looked at, so a Basic proxy is not in the way.
* Whose: the caller's own wallet in the site's currency, whatever rights he has.
* Answers carry `extensions.walletpro`, the members that cart and checkout extend their totals by.
* Holds: what is applied to an order is a hold of 15 minutes, one for each order; `remove` frees no other.
  The shop takes it by `POST /walletpro/v1/holds/{hold_id}/capture`.

Settled here, where the documents are silent: applying answers 201, as every other hold does; applying again replaces the
order's hold, but for a second click within seconds without a key, which gets the first one's; redeeming tells what is applied
and what remains of the order it names, and of none where it names none; more than the `total` that comes with it
is 422 `walletpro_exceeds_total`; `remove` without an order and a hold takes back what was applied last; an order of which
the caller holds nothing is 403 `rest_forbidden` to it, as is somebody else's hold. `walletpro_api_enabled` is not about it.
"""
