"""The foundation: money, accounts, entries, lots, the chain. It imports nothing of ours and has never heard of HTTP."""
