"""Following the API: what comes in is a newer schema, what comes out is files in place and a
report of what changes for users.

`pull` fetches a schema, `all_operations` writes an operation for every root field, `usage` finds
what operations use of a schema, `impact` says what a change means for them.
"""
