"""Turns a Case and Evidence into a Decision with its trace. Pure: no network, no clock, no settings."""
