"""From a step to its outcome: calls, what becomes of them, and what is in doubt."""
