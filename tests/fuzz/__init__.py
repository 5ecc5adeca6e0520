"""Bad input on purpose: every place where the program reads something foreign is given rubbish, and must say so.

    python -m tests.fuzz --inputs 20000 --seed 0

target: a place that reads, and how inputs for it are made (`targets/`, a file per kind). mutation: bytes that are
almost right. values: the same for tables. worker: the process that reads them, which may crash or hang. watch: what
minds it. verdict: what counts as a failure. report: the table. corpus: every input that ever failed, kept.
"""
