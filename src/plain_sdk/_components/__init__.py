"""Components: what comes in is what a caller wrote, what goes out is the JSON that Plain takes, or
a picture of it.

`wire` checks and writes them by the generated inputs, so that there is one truth about limits and
nesting. `preview` shows them: `html` for a browser, `terminal` for a terminal, `markdown` reads
the little of it that a text may have.
"""
