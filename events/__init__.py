"""What happens to a fact after its commit: it is published, delivered to who wants to hear, or set aside."""
