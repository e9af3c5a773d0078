"""Turns a Decision into an Explanation: citations, confidence, what would change it, reasons, prose. Pure."""
