"""`python -m plain_sdk` is the command `plain-sdk`."""

import sys

from .cli import main

sys.exit(main())
