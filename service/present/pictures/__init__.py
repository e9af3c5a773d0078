"""Turns the pictures of a page into SVG: pure functions, every text escaped, nothing asked of the outside."""
