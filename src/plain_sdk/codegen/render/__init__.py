"""The text of the compiled package: what comes in is operations and classes, what comes out is
modules as text.

`operation_module` writes an operation, `methods` the client's methods, `mappings` what arguments
may be, `types` GraphQL's types in Python, `documents` the GraphQL text, `layout` imports and names.
"""
