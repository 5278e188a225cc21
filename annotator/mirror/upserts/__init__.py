"""From the remote's rows to ours, one file per kind. The same row again changes nothing."""
