"""CPU seconds, which say what a quiet machine would do where others use it: of child processes, and of PostgreSQL.

Read from /proc, so on Linux only.
"""

import os
import resource
from pathlib import Path


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def server_cpu_seconds() -> float:
    """What PostgreSQL has used: its first process, those that it has waited for, and those that are alive."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        folder = cursor.fetchone()[0]
    first = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for process in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, said = int(process.parent.name), process.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if number == first:
            ticks += sum(map(int, said[11:15]))
        elif int(said[1]) == first:
            ticks += int(said[11]) + int(said[12])
    return ticks / os.sysconf("SC_CLK_TCK")
