"""One call of an operation: what goes in is an operation and its variables, what comes out is
a value or a `PlainError`.

In the order in which a call passes: `requests` and `inputs` encode it, `call` is what then
travels, `gate` and `quota` admit it, a transport sends it, `responses` decodes what came,
`retry` classifies what failed, and `pipeline` does all of it in turn. `limits` reads what the
headers say of the quota, `server_clock` the server's time; `loops` keeps state per event loop,
`deadline` ends a call; `tally` tells a bulk helper what was sent, `wording` says what went
wrong, `tracing` makes spans.
"""
