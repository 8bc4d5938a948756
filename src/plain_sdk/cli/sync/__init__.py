"""`plain-sdk sync`: what comes in is a file of customers, what goes out is a sync, a progress bar,
and a file of the rows that were refused.

`reading/` reads files as tools write them, `mapping/` turns their rows into customers,
`suggesting/` finds out how; `_check` and `_unique` check every row, `_work` sends, `_refused`
writes what was refused, `_progress`, `_report` and `_output` tell, `_command` is the command.
"""
