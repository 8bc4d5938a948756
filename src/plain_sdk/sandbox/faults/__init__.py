"""Misbehaviour on demand: what goes wrong, of which requests, and when."""
