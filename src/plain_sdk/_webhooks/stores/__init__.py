"""What remembers which events were handled: a store claims an event for one delivery of it, for as
long as a lease lasts, and is told when it is done. `base` says what a store promises; `memory`,
`sqlite` and `redis` are stores.
"""
