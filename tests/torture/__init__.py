"""The bank test: clients that move money over HTTP, while web server, worker and PostgreSQL are killed under them.

    SEED=7 DURATION=180 make torture

`stand` holds the service and kills it, `client` is one customer of the bank and keeps
his own books, `books` compares them with the ledger's when it is over.

`webhooks` is the test of what is told besides: the same bank, a flaky receiver and two
workers that deliver; `deliveries` compares what came with the ledger.

    SEED=7 EVENTS=2000 make torture-webhooks
"""
