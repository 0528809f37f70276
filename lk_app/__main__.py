"""`python -m lk_app`: the commands of the company's engineer."""

from lk_app.cli import main

main(prog_name="python -m lk_app")
