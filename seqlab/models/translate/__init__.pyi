from .network import EncoderDecoder as EncoderDecoder
from .settings import ATTENTIONS as ATTENTIONS
from .translator import Alignment as Alignment
from .translator import Translator as Translator
