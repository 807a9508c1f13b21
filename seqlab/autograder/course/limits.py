"""How much of what strangers hand in is looked at: of a class's archive, of a student's, of a file. What has more is told so
in its row. How long the answers may take stands where they are judged (`judging/grade.py`)."""

# what a class hands in
MAX_MEMBERS = 100_000  # of an archive that are listed
MAX_DIRECTORY = 64 * 2**20  # bytes of the list of members in a zip
MAX_TAR = 256 * 2**20  # bytes of a tar when it is decompressed
DEEPEST = 64  # names of a path, in a folder or in one archive, that are looked at
LONGEST = 255  # bytes of one of these names, as on every disk

# what a student hands in
MAX_OWN = 2_000  # members of an archive, with those of the archives in it
MAX_OPENED = 1 << 30  # bytes of its members, unpacked, that are looked at
DEPTH = 3  # archives within one that are looked into

# one file of these
MAX_FILE = 100 * 2**20  # bytes
MAX_PARTS = 8 * 10**6  # values in its JSON: one of two bytes takes a hundred in memory
MAX_CODE = 2 * 2**20  # characters of its code cells
MAX_TEXTS = 2 * 2**20  # characters of the cells without code, of which no more is looked at

# a whole notebook that is run (`--execute`)
MAX_OUTPUT = 200_000  # characters of one text output that are kept
MAX_OUTPUTS = 8 * 2**20  # bytes of all outputs, pictures too
MAX_MEMORY = 3 * 2**30  # bytes of all its processes together
MAX_PROCESSES = 64
