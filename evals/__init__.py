"""Turns labelled cases into scores: every measurement of retrieval and of decisions."""
