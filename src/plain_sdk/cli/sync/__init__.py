"""`plain-sdk sync`: what comes in is a file of customers, what goes out is a sync, a progress bar,
and a file of the rows that were refused.

`_table` reads files, `_columns` turns their rows into customers, `_progress` shows how far it is,
`_refused` writes what was refused, `_command` is the command.
"""
