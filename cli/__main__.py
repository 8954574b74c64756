"""`python -m cli`: the same as the `sentinel-desk` command."""

from cli import main

main()
