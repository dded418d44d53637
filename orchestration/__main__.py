"""`python -m orchestration` is `leadger`."""

from orchestration.cli import main

main(prog_name="leadger")
