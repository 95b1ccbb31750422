"""Requests that wait for their author's word: quotes to confirm, and panels in which they are written."""
