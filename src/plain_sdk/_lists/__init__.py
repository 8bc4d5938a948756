"""The nodes of a list: what comes in is a list operation with its variables, what comes out is
nodes, page by page.

`pages` walks a connection, `prefetch` fetches ahead.
"""
