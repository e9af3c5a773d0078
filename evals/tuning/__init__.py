"""Turns judged questions into a ranker, and into evidence that it ranks better than none."""
