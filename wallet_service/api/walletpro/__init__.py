"""walletpro/v1 (seeds/002; contract sections 1 and 2).

* Ways in: application password, API key (Basic or query), session cookie with nonce.
* Failure: WordPress's envelope; the words are in `errors.ANSWERS`.
* Money: strings of digits, minor units of the wallet's currency, unsigned.
* Repeats: `idempotency_key`, a version 4 UUID, for 24 hours and per identity; a
  replay is 200 with the original body and `walletpro_idempotent_replay`.
* Limits: 120 calls a minute per identity, told in X-WalletPro-RateLimit-*.

Settled here, where the documents are silent: `wallet_id` of a wallet that is not
there filters to an empty list; PUT and PATCH of a wallet both change what they
name; a wallet is opened by `me` only in the site's currency, in another one it is
404 `walletpro_wallet_not_found`; an `expiry_date` that is left blank, or null, is none.
"""
