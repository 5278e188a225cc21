"""The SQL that keeps the counts of samples: of each dataset by state, split and reason to skip
(`SampleCount`), and of each assignment by state (`AssignmentCount`). Neither deleted samples nor gold copies
count.
"""

from annotator.counting import KeptCount, Watch


def _keys(row: str) -> str:
    return (
        f"{row}.dataset_id AS dataset_id, {row}.state AS state, {row}.test AS test,"
        f" CASE WHEN {row}.state = 'skipped' THEN {row}.skip_reason ELSE '' END AS skip_reason"
    )


def _all_samples() -> str:
    return f"SELECT {_keys('s')} FROM datasets_sample AS s WHERE {_counts('s')}"  # constants


def _counts(row: str) -> str:
    return f"{row}.removed_at IS NULL AND {row}.only_for_id IS NULL"


SAMPLES = KeptCount(
    table="datasets_samplecount",
    keys=("dataset_id", "state", "test", "skip_reason"),
    counted=_all_samples,
    watches=(
        Watch(
            table="datasets_sample",
            columns=("dataset_id", "state", "test", "skip_reason", "removed_at"),
            keys_of=lambda row: f"SELECT {_keys(row)} WHERE {_counts(row)}",
        ),
    ),
)


def _assignment_keys(row: str) -> str:
    return f"{row}.dataset_id AS dataset_id, {row}.assignment_id AS assignment_id, {row}.state AS state"


def _is_assigned(row: str) -> str:
    return f"{row}.removed_at IS NULL AND {row}.assignment_id IS NOT NULL"


ASSIGNMENTS = KeptCount(
    table="datasets_assignmentcount",
    keys=("dataset_id", "assignment_id", "state"),
    counted=lambda: (
        f"SELECT {_assignment_keys('s')} FROM datasets_sample AS s WHERE {_is_assigned('s')}"
    ),
    watches=(
        Watch(
            table="datasets_sample",
            columns=("dataset_id", "assignment_id", "state", "removed_at"),
            keys_of=lambda row: f"SELECT {_assignment_keys(row)} WHERE {_is_assigned(row)}",
        ),
    ),
)
