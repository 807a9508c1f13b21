"""Colab without Colab: its images, a look-alike of its runtime, and the notebooks in it."""
