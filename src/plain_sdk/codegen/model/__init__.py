"""Python classes for what is sent and received: what comes in is ariadne-codegen's syntax trees,
what comes out is trees as we want them.

`plugins` hook into ariadne-codegen, `results` and `unions` reshape what is selected, `marks` tell a
fragment's class from others, `members` are the parts of a class.
"""
