"""Files: what comes in is a source or a target, what goes out is an attachment.

`upload` and `download` ask Plain for an address and carry the file there or back, over the
client's own transport; `source` and `target` read and write whatever a caller has, `files` is
what the two have in common. `checks` refuses what Plain would refuse, `form` lays the file out
as a form, `answers` says what a response of the storage means: pure functions.
"""
