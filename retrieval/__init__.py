"""Turns a query into Evidence: what is indexed, who may read it, and how it is found."""
