import sys
from pathlib import Path

# The folder is a package so that this file is not taken for tests/conftest.py; its modules go by their own names.
sys.path.insert(0, str(Path(__file__).parent))
collect_ignore = ["stand_in"]  # a package for another environment
