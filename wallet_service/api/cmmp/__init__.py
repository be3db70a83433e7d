"""cmmpexapi/v1, the external API of CM MicroPayments (seeds/000, contract.md 4).

* Who calls names the gateway's one key, as the argument `key`. Basic headers, cookies and nonces are not looked at.
* Every answer has two members, `success` and `message`, and is 200: but for 429 (too many wrong keys from an address), 503
  (a lock that could not be had) and 500 (a bug), which have the same two. An unknown path, and a verb that is neither GET nor
  POST, are WordPress's own 404.
* Arguments come in the query, a form or JSON, by GET and by POST alike. An empty one is a missing one, an unreadable body an
  empty one. HEAD of what moves points is no route: a program that only looks moves nothing.
* Points are numbers of whole units, exact, with as many decimals as the unit has.
* A call has no key of idempotency: sent twice, it happens twice. Where a site of our own kind pushes a withdrawal, its
  `request_id` says which it is (`external.py`).
"""
