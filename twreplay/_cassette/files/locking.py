"""Locks: one process at a time writes a cassette."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from getpass import getuser
from hashlib import sha256
from pathlib import Path

from twreplay._cassette.files.errors import build_locked_error

# Writing takes milliseconds. A process that takes that long has stopped, or is being debugged.
PATIENCE_SECONDS = 60.0


@contextmanager
def lock_cassette(path: Path) -> Iterator[None]:
    """
    Lock *path* against other processes, and wait for one that holds the lock.

    Where the system has no locks, no process is kept out. Then the last one to save wins; the
    file is whole all the same.

    Raises:
        CassetteNotSaved: Another process has been at it for a minute.
    """
    from filelock import FileLock, Timeout  # late: who replays needs none

    with ExitStack() as held:
        try:
            # Cassettes share locks, or the folder would hold one for each that there ever was.
            name = sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:3]
            lock = FileLock(_lock_folder() / f"{name}.lock", timeout=PATIENCE_SECONDS)
            held.enter_context(lock.acquire(poll_interval=0.01))
        except Timeout:
            raise build_locked_error(path, PATIENCE_SECONDS) from None
        except (OSError, KeyError, RuntimeError):
            pass  # no user, no folder, no locks
        yield


def _lock_folder() -> Path:
    """
    Return where the locks of this user are: a folder that no other user can put a lock into.

    Not beside the cassettes, where a lock would be one more file to ignore or to commit. The system
    lets go of a lock when its process ends, however that is.

    Raises:
        OSError: There is none.
    """
    user = os.getuid() if hasattr(os, "getuid") else getuser()
    # What another user has made first is his: he could hold every lock in it.
    for folder in (
        Path(tempfile.gettempdir()) / f"twreplay-{user}",
        Path.home() / ".cache" / "twreplay-locks",
    ):
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_own(folder):
                return folder
    raise FileNotFoundError(errno.ENOENT, "no folder for locks")


def _is_own(folder: Path) -> bool:
    """Return whether *folder* is this user's alone, after taking away what others may do in it."""
    if not hasattr(os, "getuid"):
        return True
    known = folder.lstat()
    if not stat.S_ISDIR(known.st_mode) or known.st_uid != os.getuid():
        return False
    if stat.S_IMODE(known.st_mode) & 0o077:
        folder.chmod(0o700)
    return True
