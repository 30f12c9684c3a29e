"""What rooms tell the apps above."""

from django.dispatch import Signal

space_noticed = Signal()  # space, code, names: something happened that everybody in it should read; in its transaction
space_swept = Signal()  # space: it has ended; delete what you keep of it (may be sent again after a failure)
