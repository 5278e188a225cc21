"""The child process that fine-tunes a vision-language model. Runs in the training environment.

Knows neither Django nor the variables' types: what the answers hold is read by a process of the app's own
Python (annotator/training/runner/scoring.py), which the command line names.
"""
