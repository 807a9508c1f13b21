from . import authoring as authoring
from . import autograder as autograder
from . import checks as checks
from . import commands as commands
from . import composing as composing
from . import data as data
from . import labs as labs
from . import layers as layers
from . import models as models
from . import music as music
from . import plots as plots
from . import sequences as sequences
from . import series as series
from . import text as text
from .errors import SeqlabError as SeqlabError

__version__: str
