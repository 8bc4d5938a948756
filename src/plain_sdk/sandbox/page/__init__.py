"""A page to look at: what the sandbox holds, what it was asked, what it sent, what goes wrong."""
