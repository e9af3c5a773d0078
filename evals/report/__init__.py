"""Turns figures of a run into one self-contained HTML page."""
