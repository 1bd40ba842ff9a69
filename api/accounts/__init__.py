"""People and machines that ask: who they are, and what they may do."""
