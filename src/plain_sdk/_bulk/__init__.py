"""Many calls at once, with bounded concurrency and memory, losing track of none: what comes in is
items and a call, what comes out is an outcome for each item.

`source` pulls items, `outcomes` runs the calls, `stopping` names the errors that end the work,
`own_context` keeps context variables apart, `packing` writes several items into one document,
`gather` is for a handful of different calls, `task_group` ends what a block owns.
"""
