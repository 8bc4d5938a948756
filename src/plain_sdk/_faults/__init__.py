"""Misbehaviour as a value and as a line of text: what goes wrong, of which requests, and when.

Apart from the sandbox, which carries it out, because the command reads it without one.
"""
