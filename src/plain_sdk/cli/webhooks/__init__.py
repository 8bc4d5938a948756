"""`plain-sdk webhooks`: deliveries sent, checked and looked at.

`_command` describes the commands; `_send`, `_verify` and `_listen` carry them out; `_saved` is a
request in a file, `_show` tells of an event on a terminal.
"""
