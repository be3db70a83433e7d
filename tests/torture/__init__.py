"""The bank test: clients that move money over HTTP, while web server, worker and PostgreSQL are killed under them.

    SEED=7 DURATION=180 make torture

`stand` holds the service and kills it, `client` is one customer of the bank and keeps
his own books, `books` compares them with the ledger's when it is over.
"""
