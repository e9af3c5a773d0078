"""Turns a flight that does not take place, and a table of flights, into ways on for its passengers, with reasons."""
