from .network import EncoderDecoder as EncoderDecoder
from .scores import Scores as Scores
from .scores import corpus_scores as corpus_scores
from .settings import ATTENTIONS as ATTENTIONS
from .step_by_step import StepByStep as StepByStep
from .translator import Alignment as Alignment
from .translator import Translator as Translator
