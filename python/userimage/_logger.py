"""The logger of this interpreter."""

import logging

logger = logging.getLogger("userimage")
