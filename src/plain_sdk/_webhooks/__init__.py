"""What Plain sends: what comes in is a body and its headers, what comes out is an event, once.

`signing` and `replay` tell whether to believe it, `parsing` reads it into an `event`, `unwrap`
does all three; `headers` finds a header in whatever a framework calls headers. `receiver` is the
application: `asgi` is its plumbing, `handlers` what is to be called for which payload, `handling`
calls it once for each event, as `stores` remember, and `background` does so after the answer.
`samples` makes deliveries to try a receiver with.
"""
