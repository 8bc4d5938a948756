"""What a user wrote: what comes in is a schema and a folder of operations, what comes out is
operations with everything known of them, or every mistake with its place.

`sources` reads and validates, with `shipped` for what comes with the package; `complete` adds what
reading responses takes, with `lists` for pages; `shape` writes selections in the one form of which
classes are made, from what `selections` sees, `kept` knows and `nodes` makes; `notes` reads the
comment above an operation, `spec` works out what each operation is, `names` and `spoken` say how
the API's names are written in Python.
"""
