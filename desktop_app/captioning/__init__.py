"""Captioning: numpy, onnxruntime and Pillow; the same code serves the program and the training."""
