"""`--suggest`: what comes in is a file, what comes out is the command that sends it.

`exports` knows how tools name their columns, `suggest` looks at a file and tries what it finds.
"""
