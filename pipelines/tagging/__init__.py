"""Rules over articles: a verdict, and for every point the words that earned it."""
