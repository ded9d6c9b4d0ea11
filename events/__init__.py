"""What happens to a fact after its commit: who hears of it, and what is still to be told."""
