"""Turns a Decision into an Explanation: verified citations, confidence, counterfactuals, ordered reasons."""
