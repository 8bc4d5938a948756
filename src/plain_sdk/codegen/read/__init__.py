"""What a user wrote: what comes in is a schema and a folder of operations, what comes out is
operations with everything known of them, or every mistake with its place.

`sources` reads and validates, `notes` reads the comment above an operation, `spec` works out what
each operation is, `names` says how the API's names are written in Python.
"""
