"""Turns figures, flags and recorded decisions into the report on the five quality-control factors of an AVM."""
