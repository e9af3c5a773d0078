"""Turns a released decision, a search or an ingest into what people read: a terminal or one HTML file."""
