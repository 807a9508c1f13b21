"""A class: what was handed in, by whom and when, graded once each, and the results written."""
