"""Bytes out, bytes in: what comes in is the body of a request, what goes out is a status, headers
and a body, or a `TransportError` that says whether the request may have arrived.

Files go through in pieces, to an address that is not the API's, over a transport of their own.

`base` is what every transport promises, `choose` picks one, `over_httpx` and `over_aiohttp` are
the two. `environment` reads proxies and certificates, `decoding` undoes compression within a
bound. Nothing here knows GraphQL.
"""
