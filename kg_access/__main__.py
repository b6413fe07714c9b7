"""`python -m kg_access` is `kg-access`."""

import sys

from kg_access.cli import main

if __name__ == "__main__":
    sys.exit(main())
