"""`python -m push` is the `fanfare` command."""

from push.command import main

main()
