"""The answers of each person and dataset by where they stand: the SQL that keeps `AnswerCount`.

An answer counts under its own state, its sample's, the day (UTC) it was submitted, the assignment of its
sample and what reviewers made of it, with the time that it took, while its sample is not removed. So it is
counted anew when either row changes. On PostgreSQL a changed answer locks its sample: otherwise two
transactions, one for each row, would not see each other's change. An answer to a gold copy counts as approved
once it is given: it is work done, and nobody reviews it.
"""

from annotator.counting import KeptCount, Watch, day_of


def _keys(sample: str, answer: str) -> str:
    return (
        f"{sample}.dataset_id AS dataset_id, {answer}.author_id AS author_id,"
        f" {_state(sample, answer, answer)} AS state,"
        f" {_state(sample, answer, sample)} AS sample_state,"
        f" {day_of(f'{answer}.submitted_at')} AS day, {sample}.assignment_id AS assignment_id,"
        f" {answer}.is_self_accepted AS is_self_accepted,"
        f" {answer}.returned_at IS NOT NULL AS was_returned,"
        f" COALESCE({answer}.active_ms, 0) AS active_ms,"
        f" CASE WHEN {answer}.active_ms IS NULL THEN 0 ELSE 1 END AS timed"
    )


def _state(sample: str, answer: str, of: str) -> str:
    is_done = f"{sample}.only_for_id IS NOT NULL AND {answer}.state NOT IN ('draft', 'returned')"
    return f"CASE WHEN {is_done} THEN 'approved' ELSE {of}.state END"


def _all_answers() -> str:
    return (
        f"SELECT {_keys('s', 'a')} FROM annotation_answer AS a"
        " JOIN datasets_sample AS s ON s.id = a.sample_id WHERE s.removed_at IS NULL"
    )


def _of_answer(row: str) -> str:
    return (
        f"SELECT {_keys('s', row)} FROM datasets_sample AS s"
        f" WHERE s.id = {row}.sample_id AND s.removed_at IS NULL"
    )


def _of_sample(row: str) -> str:
    return (
        f"SELECT {_keys(row, 'a')} FROM annotation_answer AS a"
        f" WHERE a.sample_id = {row}.id AND {row}.removed_at IS NULL"
    )


ANSWERS = KeptCount(
    table="annotation_answercount",
    keys=(
        "dataset_id",
        "author_id",
        "state",
        "sample_state",
        "day",
        "assignment_id",
        "is_self_accepted",
        "was_returned",
    ),
    sums=("active_ms", "timed"),
    counted=_all_answers,
    watches=(
        Watch(
            table="annotation_answer",
            columns=(
                "sample_id",
                "author_id",
                "state",
                "submitted_at",
                "is_self_accepted",
                "returned_at",
                "active_ms",
            ),
            keys_of=_of_answer,
            lock_sql=lambda row: f"1 FROM datasets_sample WHERE id = {row}.sample_id FOR SHARE",
        ),
        Watch(
            table="datasets_sample",
            columns=("dataset_id", "state", "removed_at", "assignment_id"),
            keys_of=_of_sample,
            counts_own_rows=False,
        ),
    ),
)
