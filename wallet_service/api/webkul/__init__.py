"""wkwp-wallet/v1 and wkwc_wallet/v1: one voice, two doors (contract.md 3, seeds/001).

* Auth: the admin door takes API keys and application passwords (Basic), OAuth 1.0a signatures, and session with nonce, all of
  somebody who may `manage_woocommerce`; the customer door session with nonce alone, and does not look at anything else.
* Money: exact JSON numbers of major units in both directions, with the currency's decimals; a numeric string is taken too.
  Ledger amounts are signed. More decimals than the currency has are 400, never rounded.
* Whose: paths name wallets by their holder's *user id*; in the site's currency unless `currency` says otherwise.
* Lists: `{page, per_page, total, items}`, 20 a page, 100 at most.
* Failure: WordPress's envelope, codes without a prefix (`insufficient_balance`).
* Repeats: the header `Idempotency-Key` (extension). A replay is the original body with `Idempotent-Replay: true`.
* Limits: 60 calls a minute an address, 600 a key, 30 in five seconds for either; over it 429 `too_many_requests`.
"""
