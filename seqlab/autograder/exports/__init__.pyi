from .container import grade_in_container as grade_in_container
from .gradescope import export_gradescope as export_gradescope
from .nbgrader import export_nbgrader as export_nbgrader
from .otter import export_otter as export_otter
from .wheel import write_wheel as write_wheel
