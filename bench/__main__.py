"""`make bench`: every benchmark there is."""

import sys

from bench import create

sys.exit(create.main(sys.argv[1:]))
