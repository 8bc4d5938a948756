"""Upserting customers: what comes in is a row or the parts of an upsert, what comes out is the
customer as it is now, or an error.

`rows` says what a row is, `checks` what is refused before it is sent, `prepared` is a row checked
and serialised; `pack` sends several in one request, `identities` decides and `relink` carries out
what happens when a customer exists under another identity. `upsert` is one call, `upserts` many.
"""
