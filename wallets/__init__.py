"""Wallets: who holds an account, its limits, and the verbs credit and debit."""
