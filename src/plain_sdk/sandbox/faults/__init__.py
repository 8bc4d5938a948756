"""Misbehaviour on demand: which request meets what, and what is answered then."""
