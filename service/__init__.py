"""Turns requests of people and programs into released, recorded decisions."""
