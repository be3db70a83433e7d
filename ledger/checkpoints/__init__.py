"""What a chain alone cannot see: sealed rows in one log, signed checkpoints over it, taken off this machine."""
