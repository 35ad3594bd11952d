"""``python -m twreplay`` is ``twreplay``."""

from twreplay._cli import main

if __name__ == "__main__":
    main(prog_name="python -m twreplay")
