"""Experiments that break what the store stands on: disks, and PostgreSQL."""

import databases
import disks
from controls import EARLY_ACK, NO_DEDUP, ONLY_POSTGRESQL, ONLY_SQLITE
from experiment import POSTGRESQL, SQLITE, Control, Experiment, Size
from grounds import CUTTABLE, OWN_SERVER, SMALL

STORES = (
    Experiment(
        name="disk-full",
        promise="Nothing is acknowledged that does not fit, and it heals by itself",
        breaks="the store's disk is full to the last byte, and then not",
        fault=disks.fill_the_disk,
        backends=ONLY_SQLITE,
        ground=SMALL,
        short=Size(repeats=1, sends=60),
        long=Size(repeats=20, sends=60),
        controls=(EARLY_ACK,),
    ),
    Experiment(
        name="file-size-limit",
        promise="Nothing is acknowledged that does not fit, and it heals by itself",
        breaks="RLIMIT_FSIZE forbids the store's file to grow, and then not",
        fault=disks.limit_file_sizes,
        backends=ONLY_SQLITE,
        short=Size(repeats=1, sends=60),
        long=Size(repeats=20, sends=60),
        controls=(EARLY_ACK,),
    ),
    Experiment(
        name="fsync-error",
        promise="Nothing is acknowledged whose fsync failed",
        breaks="every fsync answers EIO for a while",
        fault=disks.fail_to_sync,
        backends=ONLY_SQLITE,
        short=Size(repeats=1, sends=60),
        long=Size(repeats=20, sends=60),
        controls=(EARLY_ACK,),
    ),
    Experiment(
        name="power-cut",
        promise="What was answered with 2xx is on the disk",
        breaks="everything stops; only what was forced onto the disk is there afterwards",
        fault=disks.cut_the_power,
        ground=CUTTABLE,
        short_on=(SQLITE, POSTGRESQL),
        short=Size(repeats=2, rate=20),
        long=Size(repeats=30, rate=20),
        controls=(Control(name="sync_off", finds=frozenset({"lost", "corrupt", "order_violations"})),),
    ),
    Experiment(
        name="database-restart",
        promise="A database that falls over costs time and nothing else",
        breaks="PostgreSQL is stopped in mid-step (immediate) and started again",
        fault=databases.restart_it,
        backends=ONLY_POSTGRESQL,
        short_on=ONLY_POSTGRESQL,
        ground=OWN_SERVER,
        short=Size(repeats=2, sends=40),
        long=Size(repeats=20, sends=60),
        controls=(EARLY_ACK,),
    ),
    Experiment(
        name="database-away",
        promise="A database that is away is waited for",
        breaks="PostgreSQL is gone for a while; a minute in the long mode",
        fault=databases.take_it_away,
        backends=ONLY_POSTGRESQL,
        short_on=ONLY_POSTGRESQL,
        ground=OWN_SERVER,
        short=Size(repeats=5, sends=60),
        long=Size(repeats=60, sends=200, rate=10),
        controls=(EARLY_ACK,),
    ),
    Experiment(
        name="commit-answer-lost",
        promise="After an unclear commit the sender tries again, and it is kept once",
        breaks="one of twenty connections breaks between COMMIT and its answer",
        fault=databases.lose_commits_answers,
        backends=ONLY_POSTGRESQL,
        short_on=ONLY_POSTGRESQL,
        plan={"proxies_database": True},
        short=Size(sends=80),
        long=Size(sends=1_000),
        controls=(NO_DEDUP,),
    ),
)
