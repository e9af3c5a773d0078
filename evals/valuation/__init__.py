"""Turns a table of sales into figures of the valuation: walk forward, leak checks, ratio statistics, weak places."""
