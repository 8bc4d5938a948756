"""Threads: what they are, what is done to them, and what lists of them are asked for."""
