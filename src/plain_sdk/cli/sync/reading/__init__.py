"""Files of rows: what comes in is a file as some tool wrote it, what comes out is its rows.

`opening` makes a private copy and unpacks it, `excel` reads workbooks, `dialect` finds out how the
text is written, `csv_rows` and `json_rows` read rows, `table` is the file with all of it.
"""
