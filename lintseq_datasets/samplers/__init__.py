"""Samplers: from a program to edit sequences that write it."""
