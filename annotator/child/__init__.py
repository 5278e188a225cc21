"""Runs functions in a child process whose memory and time are bounded, so that hostile input ends no server.

A process has one child, or as many as a caller lets work at a time, made when first needed and reused. One
ends by itself when it was idle, so that its memory returns, and when its parent is gone. It imports no Django
and gets no secrets.
"""
