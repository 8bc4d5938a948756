"""What a row means: `expression` is the small language of `--map`, `settings` what the user said,
`cells` what a cell means for a member, `columns` puts them together into customers.
"""
