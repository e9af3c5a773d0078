"""Turns sources into a generation of the index: find, parse, split into clauses, embed, write, commit."""
