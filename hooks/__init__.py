"""Extension points for an operator's own app: `hooks.points` names them, docs/hooks.md says when each is called."""
