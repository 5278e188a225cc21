"""The room's statements in SQL: those that every page and every submit asks, on both databases.

By the ORM the same takes four statements and some 4 ms of Python.
"""

_HELD = """
    SELECT COUNT(*) FROM datasets_sample AS s
    WHERE s.dataset_id = d.id AND s.state = '{state}' AND s.removed_at IS NULL
      AND s.leased_until > %(now)s AND s.leased_until <= %(latest)s
      AND s.lease_holder_id <> %(user)s
      AND {exists} (SELECT 1 FROM annotation_answer AS a
        WHERE a.sample_id = s.id AND a.author_id = %(user)s AND a.state = '{own}')
"""

# Of every dataset of a workspace, or of one, the numbers of `Figures`, in its order.
FIGURES = f"""
    SELECT d.id, d.self_review_allowed,
      (SELECT SUM(c.number) FROM datasets_samplecount AS c
        WHERE c.dataset_id = d.id AND c.state = 'unlabeled'),
      ({_HELD.format(state="unlabeled", exists="NOT EXISTS", own="skipped")}),
      ({_HELD.format(state="returned", exists="EXISTS", own="returned")}),
      (SELECT SUM(c.number) FROM annotation_answercount AS c
        WHERE c.dataset_id = d.id AND c.state = 'submitted' AND c.sample_state = 'submitted'),
      own.skipped, own.returned, own.awaiting, own.done
    FROM datasets_dataset AS d
    LEFT JOIN (
      SELECT dataset_id,
        SUM(CASE WHEN state = 'skipped' AND sample_state = 'unlabeled'
          THEN number END) AS skipped,
        SUM(CASE WHEN state = 'returned' AND sample_state = 'returned'
          THEN number END) AS returned,
        SUM(CASE WHEN state = 'submitted' AND sample_state = 'submitted'
          THEN number END) AS awaiting,
        SUM(CASE WHEN state = 'skipped'
          OR (state IN ('submitted', 'approved') AND sample_state <> 'unlabeled')
          THEN number END) AS done
      FROM annotation_answercount WHERE author_id = %(user)s {{own}} GROUP BY dataset_id
    ) AS own ON own.dataset_id = d.id
    WHERE d.workspace_id = %(workspace)s AND d.removed_at IS NULL {{one}}
"""  # noqa: S608  # our own constants
FIGURES_OF_ALL = FIGURES.format(own="", one="")
FIGURES_OF_ONE = FIGURES.format(own="AND dataset_id = %(dataset)s", one="AND d.id = %(dataset)s")
