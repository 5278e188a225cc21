"""Where a model's suggestion differs from the accepted value: found by a job, judged one by one."""
