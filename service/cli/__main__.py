"""`python -m service.cli` is `ombuds`."""

from service.cli import main

main()
