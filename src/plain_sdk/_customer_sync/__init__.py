"""A sync that sends what changed and can be killed: what comes in is rows, what comes out is an
outcome for each row that was sent or refused, and a summary.

`policy` decides what to do with a row, `checkpoint` is the file that remembers, `sync` sends.
"""
