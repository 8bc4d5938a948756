"""Compiles what Plain posts to webhooks into models: what comes in is a schema of events, written
in GraphQL's language with a few directives; what comes out is a package.

`schema` reads and checks it, `render` writes the modules, `target` is what a pyproject.toml says.
"""
