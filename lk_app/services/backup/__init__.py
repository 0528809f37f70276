"""Backups: the whole portal as it was at one moment, in a folder, and back from it.

Everything the portal keeps is in its database, photos and attachments too, so a copy of the database is a copy of all.
What a backup must come back as is counted in the same moment (`sums.py`), and a restore compares: a backup nobody has
tried to restore is a hope.
"""

from lk_app.services.backup.databases import NoBackup
from lk_app.services.backup.kept import Manifest, Restored, back_up, read_manifest, restore
from lk_app.services.backup.unfinished import Dropped

__all__ = ["Dropped", "Manifest", "NoBackup", "Restored", "back_up", "read_manifest", "restore"]
