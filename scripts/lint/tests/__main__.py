"""python3 scripts/lint/tests: runs every test of the checks."""

import sys
import unittest
from pathlib import Path

folder = Path(__file__).resolve().parent
sys.path[:0] = [str(folder), str(folder.parent)]
outcome = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.discover(str(folder), top_level_dir=str(folder)))
sys.exit(0 if outcome.wasSuccessful() else 1)
